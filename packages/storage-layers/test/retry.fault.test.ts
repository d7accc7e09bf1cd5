import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, StorageError } from '@tercet/interface'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { compose, type RetryNotice, type RetryOptions, retry } from '../src/index.ts'
import { bytesOf, read, textSource } from './sources.ts'

function world(options: RetryOptions = {}, memory = {}) {
  const clock = createVirtualClock()
  const inner = createMemoryBackend({ chunkBytes: 1000, ...memory })
  const faults = createFaults({ clock })
  const notices: RetryNotice[] = []
  const backend = compose(
    inner,
    faults.layer,
    retry({ attempts: 4, delayMs: 100, clock, onRetry: (notice) => notices.push(notice), ...options })
  )
  return { clock, inner, faults, backend, notices }
}

test('waits longer after each failure, then succeeds', async () => {
  const { clock, faults, backend, notices } = world()
  faults.fail('put', { times: 3 })
  await backend.put('a', textSource('content'))
  expect(clock.elapsedMs).toBe(100 + 200 + 400)
  expect(notices.map(({ method, attempt, delayMs }) => [method, attempt, delayMs])).toEqual([
    ['put', 1, 100],
    ['put', 2, 200],
    ['put', 3, 400]
  ])
  expect((await read(backend, 'a')).toString()).toBe('content')
  faults.assertAllUsed()
})

test('no wait is longer than maxDelayMs', async () => {
  const { clock, faults, backend } = world({ backoff: 10, maxDelayMs: 500 })
  faults.fail('stat', { times: 3 })
  await expect(backend.stat('a')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
  expect(clock.elapsedMs).toBe(100 + 500 + 500)
})

test('the last error is marked exhausted, keeps its code, and has the first as its cause', async () => {
  const { faults, backend } = world()
  faults.fail('stat', {
    times: 4,
    error: () => new StorageError('STORAGE_RATE_LIMITED', 'slow', { retry: 'may-help' })
  })
  const failure = expect.objectContaining({
    code: 'STORAGE_RATE_LIMITED',
    retry: 'exhausted',
    context: expect.objectContaining({ attempts: 4 }),
    cause: expect.objectContaining({ code: 'STORAGE_RATE_LIMITED', retry: 'may-help' })
  })
  await expect(backend.stat('a')).rejects.toEqual(failure)
  faults.assertAllUsed()
})

test('what will not get better is not tried again', async () => {
  const { faults, backend, clock } = world()
  faults.fail('put', { error: 'STORAGE_FULL' })
  await expect(backend.put('a', textSource('x'))).rejects.toMatchObject({
    code: 'STORAGE_FULL',
    retry: 'never'
  })
  expect(clock.elapsedMs).toBe(0)
})

test('isRetryable decides instead of the backend', async () => {
  const { faults, backend } = world({ isRetryable: (error) => error instanceof TypeError })
  faults.fail('quota', { error: new TypeError('flaky') })
  expect(await backend.quota()).toEqual({})
  faults.fail('quota')
  await expect(backend.quota()).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE', retry: 'may-help' })
})

test('every method that can be repeated is', async () => {
  const { inner, faults, backend } = world({}, { capabilities: { createFolder: true } })
  await backend.put('a', textSource('x'))
  const until = new Date('2030-01-01')
  const methods = ['stat', 'delete', 'deleteMany', 'copy', 'createFolder', 'checksum', 'quota'] as const
  for (const method of [...methods, 'setLock', 'getLock', 'restoreArchived', 'localFile'] as const) {
    for (const when of ['before', 'after'] as const) faults.fail(method, { when })
  }
  await backend.stat('a')
  await backend.copy('a', 'b')
  await backend.checksum('a', 'MD5')
  await backend.createFolder('f')
  await backend.quota()
  await backend.restoreArchived('a')
  await backend.localFile('a')
  await backend.delete('a')
  expect(await backend.deleteMany(['a', 'x'])).toEqual([])
  await backend.setLock('b', until)
  expect(await backend.getLock('b')).toEqual(until)
  faults.assertAllUsed()
  expect([...inner.snapshot().objects.keys()]).toEqual(['b'])
})

describe('put', () => {
  test('reads the source from its start again, also after a lost answer', async () => {
    const { faults, backend } = world()
    let opened = 0
    const content = bytesOf(5000)
    const source = {
      size: 5000,
      open() {
        opened++
        return bytesSource(content).open()
      }
    }
    faults.fail('put', { when: 'after' }).fail('put', { when: 'torn', nth: 2 })
    await backend.put('a', source)
    expect(opened).toBe(3)
    expect(await read(backend, 'a')).toEqual(Buffer.from(content))
    faults.assertAllUsed()
  })

  test('is left to the caller where retryPuts is off', async () => {
    const { faults, backend } = world({ retryPuts: false })
    faults.fail('put')
    await expect(backend.put('a', textSource('x'))).rejects.toMatchObject({ retry: 'may-help' })
    expect(faults.calls.filter(({ method }) => method === 'put')).toHaveLength(1)
  })

  test('with a condition, and a rename, are never repeated: the second would see the first', async () => {
    const { faults, backend } = world()
    faults.fail('put', { when: 'after', times: 2 })
    await expect(backend.put('a', textSource('x'), { ifAbsent: true })).rejects.toMatchObject({
      retry: 'may-help'
    })
    await expect(backend.put('b', textSource('x'), { ifMatch: 'x' })).rejects.toMatchObject({
      code: 'STORAGE_CONFLICT'
    })
    faults.fail('rename', { when: 'after' })
    await expect(backend.rename('a', 'b')).rejects.toMatchObject({ retry: 'may-help' })
    expect(faults.calls.map(({ method }) => method)).toEqual(['put', 'put', 'rename'])
  })
})

describe('get', () => {
  test('goes on at the offset that was reached, and never yields a byte twice', async () => {
    const { faults, backend, inner } = world()
    const content = bytesOf(10_000)
    await inner.put('a', bytesSource(content))
    faults
      .fail('get', { when: 'torn', amount: 2500 })
      .fail('get', { nth: 2 })
      .fail('get', { nth: 3, when: 'torn', amount: 1 })
    expect(await read(backend, 'a')).toEqual(Buffer.from(content))
    faults.fail('get', { when: 'torn', amount: 1234 })
    expect(await read(backend, 'a', { offset: 100, length: 5000 })).toEqual(
      Buffer.from(content.subarray(100, 5100))
    )
    faults.assertAllUsed()
  })

  test('counts failures without progress only', async () => {
    const { faults, backend, inner } = world({ attempts: 2 })
    const content = bytesOf(3000)
    await inner.put('a', bytesSource(content))
    faults.fail('get', { when: 'torn', amount: 500, times: 5 })
    expect(await read(backend, 'a')).toEqual(Buffer.from(content))
    faults.assertAllUsed()
  })

  test('ends well when only the end was lost of a range that has arrived', async () => {
    const { faults, backend, inner } = world()
    await inner.put('a', bytesSource(bytesOf(3000)))
    faults.fail('get', { when: 'after' })
    expect(await read(backend, 'a', { offset: 5, length: 1000 })).toEqual(
      Buffer.from(bytesOf(3000).subarray(5, 1005))
    )
    expect(faults.calls.filter(({ method }) => method === 'get')).toHaveLength(1)
    faults.assertAllUsed()
  })

  test('that has yielded is not started over where there are no ranges', async () => {
    const { faults, backend, inner } = world({}, { capabilities: { rangedGet: false } })
    const content = bytesOf(5000)
    await inner.put('a', bytesSource(content))
    faults.fail('get').fail('get', { nth: 2, when: 'torn', amount: 1500 })
    const chunks: Uint8Array[] = []
    const reading = (async () => {
      for await (const chunk of backend.get('a')) chunks.push(chunk)
    })()
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(content.subarray(0, 1500)))
    faults.assertAllUsed()
  })
})

test('a list begins again and yields each entry once', async () => {
  const { faults, backend } = world()
  for (const path of ['a', 'b', 'c', 'd']) await backend.put(path, textSource(path))
  faults.fail('list', { when: 'torn', amount: 2 }).fail('list', { nth: 2 })
  expect((await Array.fromAsync(backend.list())).map(({ path }) => path)).toEqual(['a', 'b', 'c', 'd'])
  faults.assertAllUsed()
})

test('deleteMany repeats only the paths that may succeed yet', async () => {
  const inner = createMemoryBackend()
  const asked: string[][] = []
  const flaky = {
    ...inner,
    capabilities: inner.capabilities,
    async deleteMany(paths: readonly string[]) {
      asked.push([...paths])
      return paths.map((path) => ({
        path,
        error: new StorageError('STORAGE_UNAVAILABLE', path, {
          retry: path === 'locked' ? 'never' : 'may-help'
        })
      }))
    }
  } as unknown as typeof inner
  const backend = compose(flaky, retry({ attempts: 2, clock: createVirtualClock() }))
  const failures = await backend.deleteMany(['locked', 'busy'])
  expect(asked).toEqual([['locked', 'busy'], ['busy']])
  expect(failures.map(({ path, error }) => [path, (error as StorageError).retry])).toEqual([
    ['locked', 'never'],
    ['busy', 'exhausted']
  ])
})

test('an abort ends a wait with its reason and is not retried', async () => {
  const clock = createVirtualClock({ auto: false })
  const faults = createFaults({ clock }).fail('stat', { times: 2 })
  const backend = compose(createMemoryBackend(), faults.layer, retry({ clock }))
  const controller = new AbortController()
  const stat = backend.stat('a', { signal: controller.signal })
  await clock.advance(10)
  expect(clock.sleepers).toBe(1)
  controller.abort('enough')
  await expect(stat).rejects.toBe('enough')
  expect(faults.calls).toHaveLength(1)
  await expect(backend.stat('a', { signal: controller.signal })).rejects.toBe('enough')
})

test('options are checked', () => {
  expect(() => retry({ attempts: 0 })).toThrow(RangeError)
  expect(() => retry({ delayMs: -1 })).toThrow(RangeError)
  expect(() => retry({ attemps: 3 } as never)).toThrow(/did you mean "attempts"/)
})

test('a server that asks for more time gets it', async () => {
  const { clock, faults, backend } = world()
  const busy = () =>
    new StorageError('STORAGE_RATE_LIMITED', 'slow', { retry: 'may-help', context: { retryAfterMs: 7000 } })
  faults.fail('stat', { times: 2, error: busy })
  await expect(backend.stat('a')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
  expect(clock.elapsedMs).toBe(14_000)
  const never = () =>
    new StorageError('STORAGE_RATE_LIMITED', 'slow', { retry: 'may-help', context: { retryAfterMs: 1e12 } })
  faults.fail('stat', { times: 1, error: never })
  await expect(backend.stat('a')).rejects.toMatchObject({ code: 'STORAGE_NOT_FOUND' })
  expect(clock.elapsedMs).toBe(614_000)
})
