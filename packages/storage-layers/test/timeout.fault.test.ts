import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type Clock } from '@tercet/interface'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { expect, test } from 'vitest'
import { compose, timeout } from '../src/index.ts'
import { bytesOf, read, textSource } from './sources.ts'

function world() {
  const clock = createVirtualClock()
  const inner = createMemoryBackend({ chunkBytes: 1000 })
  const faults = createFaults({ clock })
  return {
    clock,
    inner,
    faults,
    backend: compose(inner, faults.layer, timeout({ callMs: 1000, idleMs: 500, clock }))
  }
}

test('a call that is not answered in time is STORAGE_TIMEOUT, and was aborted', async () => {
  const { clock, faults, backend } = world()
  for (const method of ['stat', 'get', 'list', 'put', 'delete'] as const)
    faults.fail(method, { when: 'hang' })
  const timedOut = { code: 'STORAGE_TIMEOUT', retry: 'may-help' }
  await expect(backend.stat('a')).rejects.toMatchObject(timedOut)
  expect(clock.elapsedMs).toBe(1000)
  await expect(backend.delete('a')).rejects.toMatchObject(timedOut)
  await expect(read(backend, 'a')).rejects.toMatchObject(timedOut)
  await expect(Array.fromAsync(backend.list())).rejects.toMatchObject(timedOut)
  await expect(backend.put('a', textSource('x'))).rejects.toMatchObject(timedOut)
  expect(clock.elapsedMs).toBe(1000 + 1000 + 500 + 500 + 500)
  expect(clock.sleepers).toBe(0)
  faults.assertAllUsed()
})

test('a backend that ignores the signal is not waited for', async () => {
  const clock = createVirtualClock()
  const deaf = { ...createMemoryBackend(), stat: () => new Promise<never>(() => {}) } as never
  await expect(compose(deaf, timeout({ clock })).stat('a')).rejects.toMatchObject({ code: 'STORAGE_TIMEOUT' })
})

test('a transfer may take any time as long as bytes flow', async () => {
  const { clock, inner, faults, backend } = world()
  faults.limitBandwidth(2500)
  await backend.put('a', { size: 10_000, open: () => chunked(10) })
  expect(clock.elapsedMs).toBeGreaterThanOrEqual(4000)
  expect(await read(backend, 'a')).toEqual(Buffer.from(bytesOf(10_000)))
  expect(clock.elapsedMs).toBeGreaterThanOrEqual(8000)
  faults.limitBandwidth(1500)
  await expect(read(backend, 'a')).rejects.toMatchObject({ code: 'STORAGE_TIMEOUT' })
  await expect(backend.put('b', { size: 10_000, open: () => chunked(10) })).rejects.toMatchObject({
    code: 'STORAGE_TIMEOUT'
  })
  expect(inner.snapshot().objects.has('b')).toBe(false)
})

async function* chunked(chunks: number) {
  const all = bytesOf(chunks * 1000)
  for (let index = 0; index < chunks; index++) yield all.subarray(index * 1000, (index + 1) * 1000)
}

test('the time that the caller takes does not count', async () => {
  const { clock, inner, backend } = world()
  await inner.put('a', bytesSource(bytesOf(3000)))
  for await (const chunk of backend.get('a')) {
    expect(chunk.byteLength).toBe(1000)
    await clock.sleep(10_000)
  }
})

test("the caller's abort stays the caller's", async () => {
  const { faults, backend } = world()
  faults.fail('stat', { when: 'hang' })
  const controller = new AbortController()
  const stat = backend.stat('a', { signal: controller.signal })
  controller.abort('enough')
  await expect(stat).rejects.toBe('enough')
})

test('no timer is left when a call has ended', async () => {
  const { clock, backend } = world()
  let started = 0
  const counting: Clock = {
    ...clock,
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleep: (...args) => {
      started++
      return clock.sleep(...args)
    }
  }
  const watched = compose(createMemoryBackend(), timeout({ clock: counting }))
  await watched.put('a', textSource('x'))
  await watched.stat('a')
  await read(watched, 'a')
  for await (const _ of watched.list()) break
  expect(started).toBeGreaterThan(3)
  expect(clock.sleepers).toBe(0)
  await expect(backend.stat('a')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
  expect(clock.elapsedMs).toBe(0)
})

test('options are checked', () => {
  expect(() => timeout({ callMs: 0 })).toThrow(RangeError)
  expect(() => timeout({ idelMs: 3 } as never)).toThrow(/did you mean "idleMs"/)
})
