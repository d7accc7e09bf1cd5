import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import { createVirtualClock } from '@tercet/testkit-faults'
import { expect, test } from 'vitest'
import { compose, type ThrottleOptions, throttle } from '../src/index.ts'
import { bytesOf, read } from './sources.ts'

function world(options: ThrottleOptions) {
  const clock = createVirtualClock()
  const inner = createMemoryBackend({ chunkBytes: 10_000 })
  const layer = throttle({ clock, ...options })
  return { clock, inner, layer, backend: compose(inner, layer) }
}

/** Within a quarter of a second, which may pass at once. */
const near = (seconds: number) => ({ from: (seconds - 0.25) * 1000, to: (seconds + 0.25) * 1000 })

function expectElapsed(elapsedMs: number, seconds: number): void {
  expect(elapsedMs).toBeGreaterThanOrEqual(near(seconds).from)
  expect(elapsedMs).toBeLessThanOrEqual(near(seconds).to)
}

test('uploads and downloads take the time that their limits ask for, and lose no byte', async () => {
  const { clock, backend } = world({ uploadBytesPerSecond: 10_000, downloadBytesPerSecond: 50_000 })
  const content = bytesOf(100_000)
  await backend.put('a', bytesSource(content))
  expectElapsed(clock.elapsedMs, 10)
  const before = clock.elapsedMs
  expect(await read(backend, 'a')).toEqual(Buffer.from(content))
  expectElapsed(clock.elapsedMs - before, 2)
})

test('streams at the same time share the limit', async () => {
  const { clock, inner, backend } = world({ uploadBytesPerSecond: 10_000 })
  const contents = [bytesOf(20_000), bytesOf(20_001), bytesOf(20_002), bytesOf(20_003)]
  await Promise.all(contents.map((content, index) => backend.put(`object-${index}`, bytesSource(content))))
  expectElapsed(clock.elapsedMs, 8)
  for (const [index, content] of contents.entries()) {
    expect(inner.snapshot().objects.get(`object-${index}`)?.bytes).toEqual(content)
  }
})

test('they share it fairly', async () => {
  const { backend } = world({ uploadBytesPerSecond: 10_000 })
  const order: string[] = []
  const put = (path: string) =>
    backend.put(path, bytesSource(bytesOf(30_000)), { onProgress: () => order.push(path) })
  await Promise.all([put('a'), put('b')])
  const [longestA, longestB] = ['a', 'b'].map((path) =>
    Math.max(
      ...order
        .join('')
        .split(path === 'a' ? 'b' : 'a')
        .map((run) => run.length)
    )
  )
  expect(Math.max(longestA ?? 0, longestB ?? 0)).toBeLessThanOrEqual(2)
})

test('a limit can be changed, set and lifted while bytes flow', async () => {
  const { clock, layer, backend } = world({ uploadBytesPerSecond: 1 })
  const put = backend.put('a', bytesSource(bytesOf(100_000)))
  await clock.sleep(1000)
  layer.setLimits({ uploadBytesPerSecond: 50_000 })
  await put
  expectElapsed(clock.elapsedMs, 3)
  const before = clock.elapsedMs
  layer.setLimits({})
  await backend.put('b', bytesSource(bytesOf(100_000)))
  expect(clock.elapsedMs).toBe(before)
})

test('a limit that is set during an unlimited transfer is felt', async () => {
  const { clock, layer, backend } = world({})
  const source = {
    size: 20_000,
    async *open() {
      yield bytesOf(10_000)
      layer.setLimits({ uploadBytesPerSecond: 5000 })
      yield bytesOf(10_000)
    }
  }
  await backend.put('a', source)
  expectElapsed(clock.elapsedMs, 2)
})

test('an abort ends the wait for bandwidth, and the others go on', async () => {
  const { clock, inner, backend } = world({ uploadBytesPerSecond: 1000 })
  const controller = new AbortController()
  const slow = backend.put('a', bytesSource(bytesOf(50_000)), { signal: controller.signal })
  const other = backend.put('b', bytesSource(bytesOf(5000)))
  const outcome = expect(slow).rejects.toBe('enough')
  await clock.sleep(1000)
  controller.abort('enough')
  await outcome
  expect(clock.elapsedMs).toBe(1000)
  await other
  expectElapsed(clock.elapsedMs, 5.3)
  expect([...inner.snapshot().objects.keys()]).toEqual(['b'])
})

test('files are handed over by name only where there is no limit', async () => {
  const inner = {
    ...createMemoryBackend(),
    localFile: async () => '/somewhere',
    put: async (path: string, source: { localFile?: unknown }) => ({ path, sizeBytes: undefined, source })
  } as never
  const source = { ...bytesSource(bytesOf(10)), localFile: { path: '/spool', adoptable: true } }
  const limited = compose(inner, throttle({ uploadBytesPerSecond: 1000, downloadBytesPerSecond: 1000 }))
  expect(await limited.localFile('a')).toBeUndefined()
  expect((await limited.put('a', source)) as unknown).toMatchObject({ source: { localFile: undefined } })
  const free = compose(inner, throttle())
  expect(await free.localFile('a')).toBe('/somewhere')
  expect((await free.put('a', source)) as unknown).toMatchObject({
    source: { localFile: { adoptable: true } }
  })
})

test.each([0, -1, Number.NaN])('%d is no limit', (limit) => {
  expect(() => throttle({ uploadBytesPerSecond: limit })).toThrow(RangeError)
  expect(() => throttle().setLimits({ downloadBytesPerSecond: limit })).toThrow(RangeError)
})
