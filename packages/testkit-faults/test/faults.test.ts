import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, StorageError } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { createFaults, type FaultsOptions } from '../src/index.ts'

const textSource = (text: string) => bytesSource(new TextEncoder().encode(text))

function world(options: FaultsOptions = {}) {
  const inner = createMemoryBackend({ chunkBytes: 10 })
  const faults = createFaults(options)
  const backend = faults.layer(inner)
  const paths = async () => (await Array.fromAsync(backend.list())).map(({ path }) => path).sort()
  const read = async (path: string) => Buffer.concat(await Array.fromAsync(backend.get(path))).toString()
  return { inner, faults, backend, paths, read }
}

describe('which calls are met', () => {
  test('the nth, so many in a row', async () => {
    const { faults, backend, inner } = world()
    faults.fail('put', { nth: 2, times: 2 })
    const outcomes = []
    for (const path of ['a', 'b', 'c', 'd']) {
      outcomes.push(
        await backend.put(path, textSource(path)).then(
          () => 'stored',
          () => 'failed'
        )
      )
    }
    expect(outcomes).toEqual(['stored', 'failed', 'failed', 'stored'])
    expect([...inner.snapshot().objects.keys()]).toEqual(['a', 'd'])
    faults.assertAllUsed()
  })

  test('only those for a path, by text, expression or test', async () => {
    const { faults, backend } = world()
    faults.fail('put', { match: 'a.dlist' }).fail('put', { match: /dindex/ })
    faults.fail('put', { match: (path) => path.length > 20 })
    for (const path of ['a.dlist', 'b.dindex', 'x'.repeat(21)]) {
      await expect(backend.put(path, textSource('x'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    }
    for (const path of ['a.dlist.zip', 'dlist', 'a.dlist']) await backend.put(path, textSource('x'))
    faults.assertAllUsed()
  })

  test('every call is recorded', async () => {
    const { faults, backend } = world()
    await backend.put('a', textSource('x'))
    await Array.fromAsync(backend.list({ under: 'f' }))
    await backend.deleteMany(['a'])
    expect(faults.calls).toEqual([
      { method: 'put', path: 'a' },
      { method: 'list', path: 'f' },
      { method: 'deleteMany', path: '' }
    ])
  })
})

describe('a scripted fault that is not reached fails the test', () => {
  test.each([
    [{}, 0],
    [{ nth: 3 }, 2],
    [{ times: 3 }, 2],
    [{ match: 'other' }, 2],
    [{ times: Number.POSITIVE_INFINITY, match: 'other' }, 2]
  ])('%j after %i calls', async (target, calls) => {
    const { faults, backend } = world()
    faults.fail('stat', target)
    for (let call = 0; call < calls; call++) await backend.stat('a').catch(() => {})
    expect(() => faults.assertAllUsed()).toThrow(expect.objectContaining({ code: 'FAULT_UNUSED' }))
  })

  test('at the end of the block that has it, too', () => {
    const unused = (): void => {
      using faults = createFaults()
      faults.fail('stat')
    }
    expect(unused).toThrow(expect.objectContaining({ code: 'FAULT_UNUSED' }))
  })

  test('but not one without end that was reached once', async () => {
    const { faults, backend } = world()
    faults.fail('stat', { times: Number.POSITIVE_INFINITY })
    await expect(backend.stat('a')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    faults.assertAllUsed()
  })

  test.each([{ nth: 0 }, { nth: 1.5 }, { times: 0 }])('%j is refused', (target) => {
    expect(() => createFaults().fail('put', target)).toThrow(RangeError)
  })
})

describe('when a call fails', () => {
  test('before: nothing happened', async () => {
    const { faults, backend, inner } = world()
    faults.fail('put', { error: 'STORAGE_FULL' })
    await expect(backend.put('a', textSource('x'))).rejects.toMatchObject({
      code: 'STORAGE_FULL',
      retry: 'never'
    })
    expect(inner.snapshot().objects.size).toBe(0)
  })

  test('after: the answer was lost', async () => {
    const { faults, backend, inner } = world()
    const error = new StorageError('STORAGE_TIMEOUT', 'too late')
    faults.fail('put', { when: 'after', error }).fail('delete', { when: 'after', error: () => error })
    await expect(backend.put('a', textSource('x'))).rejects.toBe(error)
    expect(inner.snapshot().objects.size).toBe(1)
    await expect(backend.delete('a')).rejects.toBe(error)
    expect(inner.snapshot().objects.size).toBe(0)
    faults.assertAllUsed()
  })

  test('torn: a part was stored or yielded', async () => {
    const { faults, backend, inner } = world({ capabilities: { atomicPut: false } })
    expect(backend.capabilities.atomicPut).toBe(false)
    faults.fail('put', { when: 'torn', amount: 4 })
    await expect(backend.put('a', textSource('0123456789'))).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE'
    })
    expect(Buffer.from(inner.snapshot().objects.get('a')?.bytes ?? []).toString()).toBe('0123')
    await backend.put('a', textSource('0123456789abcdef'))
    await backend.put('b', textSource('b'))
    faults.fail('get', { when: 'torn', amount: 13 }).fail('list', { when: 'torn' })
    const chunks: string[] = []
    const reading = (async () => {
      for await (const chunk of backend.get('a')) chunks.push(Buffer.from(chunk).toString())
    })()
    await expect(reading).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(chunks.join('')).toBe('0123456789abc')
    const listed: string[] = []
    const listing = (async () => {
      for await (const { path } of backend.list()) listed.push(path)
    })()
    await expect(listing).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect(listed).toEqual(['a'])
    faults.fail('deleteMany', { when: 'torn' })
    await expect(backend.deleteMany(['a', 'b'])).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' })
    expect([...inner.snapshot().objects.keys()]).toEqual(['b'])
    faults.assertAllUsed()
  })

  test('torn puts are as long as the seed says', async () => {
    const torn = async (seed: number) => {
      const { faults, backend, inner } = world({ seed })
      const lengths: number[] = []
      faults.fail('put', { when: 'torn', times: 5 })
      for (let round = 0; round < 5; round++) {
        await backend.put('a', bytesSource(new Uint8Array(10_000))).catch(() => {})
        lengths.push(inner.snapshot().objects.get('a')?.bytes.byteLength ?? -1)
      }
      return lengths
    }
    expect(await torn(1)).toEqual(await torn(1))
    expect(await torn(1)).not.toEqual(await torn(2))
    for (const length of await torn(3)) expect(length).toBeLessThan(10_000)
  })

  test('hang: it does not answer until it is aborted', async () => {
    const { faults, backend } = world()
    faults.fail('stat', { when: 'hang' })
    const controller = new AbortController()
    const stat = backend.stat('a', { signal: controller.signal })
    controller.abort('enough')
    await expect(stat).rejects.toBe('enough')
    faults.assertAllUsed()
  })
})

test('damage: bytes change or end without an error', async () => {
  const { faults, backend, read } = world()
  const content = '0123456789'.repeat(10)
  await backend.put('a', textSource(content))
  faults.damage().damage({ nth: 2, how: 'truncate' })
  const flipped = await read('a')
  expect(flipped).toHaveLength(content.length)
  expect([...flipped].filter((character, index) => character !== content[index])).toHaveLength(1)
  const truncated = await read('a')
  expect(truncated.length).toBeLessThan(content.length)
  expect(content.startsWith(truncated)).toBe(true)
  expect(await read('a')).toBe(content)
  faults.assertAllUsed()
})

describe('stale listings', () => {
  test('do not show the latest changes, of any kind', async () => {
    const { faults, backend, inner, paths } = world()
    await backend.put('old', textSource('old'))
    await backend.put('replaced', textSource('1'))
    faults.staleListing({ behind: 4, nth: 2 })
    await backend.put('new', textSource('new'))
    await backend.delete('old')
    await backend.put('replaced', textSource('22'))
    await backend.rename('new', 'renamed')
    expect(await paths()).toEqual(['renamed', 'replaced'])
    const stale = await Array.fromAsync(backend.list())
    expect(stale.map(({ path, sizeBytes }) => [path, sizeBytes]).sort()).toEqual([
      ['new', 3],
      ['old', 3],
      ['replaced', 1]
    ])
    expect(await paths()).toEqual(['renamed', 'replaced'])
    expect(inner.snapshot().objects.size).toBe(2)
    faults.assertAllUsed()
  })

  test('catch up when time passes', async () => {
    const { faults, backend, paths } = world()
    faults.lagListings(1000)
    await backend.put('a', textSource('a'))
    expect(await paths()).toEqual([])
    await faults.clock.sleep(600)
    await backend.put('b', textSource('b'))
    await backend.deleteMany(['a'])
    expect(await paths()).toEqual([])
    await faults.clock.sleep(1001)
    expect(await paths()).toEqual(['b'])
    faults.lagListings(0)
    await backend.put('c', textSource('c'))
    expect(await paths()).toEqual(['b', 'c'])
  })

  test('keep to the folder and the prefix that are asked for', async () => {
    const { faults, backend } = world()
    faults.staleListing({ behind: 2, times: 3 })
    for (const path of ['dir/a', 'dir/b', 'dir2/a']) await backend.put(path, textSource('x'))
    await backend.delete('dir/a')
    await backend.delete('dir2/a')
    const list = async (options: object) =>
      (await Array.fromAsync(backend.list(options))).map(({ path }) => path).sort()
    expect(await list({ under: 'dir' })).toEqual(['dir/a', 'dir/b'])
    expect(await list({ namePrefix: 'a' })).toEqual(['dir/a', 'dir2/a'])
    expect(await list({ under: 'dir3' })).toEqual([])
    faults.assertAllUsed()
  })
})

test('latency and bandwidth pass on the virtual clock, bandwidth shared by all', async () => {
  const { faults, backend, read } = world()
  faults.delay('stat', { milliseconds: 60_000, times: 2 })
  const start = faults.clock.monotonic()
  await backend.put('a', bytesSource(new Uint8Array(1000)))
  await Promise.all([backend.stat('a'), backend.stat('a')])
  expect(faults.clock.monotonic() - start).toBe(60_000)
  faults.limitBandwidth(100)
  await Promise.all([read('a'), read('a'), backend.put('b', bytesSource(new Uint8Array(1000)))])
  expect(faults.clock.monotonic() - start).toBe(60_000 + 30_000)
  faults.limitBandwidth(undefined)
  await read('a')
  expect(faults.clock.monotonic() - start).toBe(90_000)
  expect(() => faults.limitBandwidth(0)).toThrow(RangeError)
  faults.assertAllUsed()
})
