import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource } from '@tercet/interface'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { compose, metrics, readOnly, retry } from '../src/index.ts'
import { bytesOf, read, textSource } from './sources.ts'

describe('readOnly', () => {
  test('refuses what changes something, before the backend hears of it', async () => {
    const inner = createMemoryBackend({ capabilities: { createFolder: true } })
    await inner.put('a', textSource('content'))
    const faults = createFaults()
    const backend = compose(inner, faults.layer, readOnly())
    const changes = [
      () => backend.put('b', textSource('x')),
      () => backend.delete('a'),
      () => backend.deleteMany(['a']),
      () => backend.rename('a', 'b'),
      () => backend.copy('a', 'b'),
      () => backend.createFolder('f'),
      () => backend.setLock('a', new Date()),
      () => backend.restoreArchived('a')
    ]
    for (const change of changes) await expect(change()).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' })
    expect(faults.calls).toEqual([])
    expect((await read(backend, 'a')).toString()).toBe('content')
    expect(await Array.fromAsync(backend.list())).toHaveLength(1)
    expect(await backend.stat('a')).toMatchObject({ sizeBytes: 7 })
    await backend.quota()
    await backend.localFile('a')
    await backend.getLock('a')
    await backend.checksum('a', 'MD5')
    expect(faults.calls).toHaveLength(7)
  })
})

describe('metrics', () => {
  test('counts calls, failures, amounts and time of each method', async () => {
    const clock = createVirtualClock()
    const counts = metrics({ clock })
    const faults = createFaults({ clock }).delay('put', { milliseconds: 250 }).fail('stat')
    const backend = compose(createMemoryBackend({ chunkBytes: 100 }), faults.layer, counts)
    await backend.put('a', bytesSource(bytesOf(1000)))
    await backend.put('b', bytesSource(bytesOf(24)))
    await expect(backend.stat('a')).rejects.toThrow()
    await read(backend, 'a')
    for await (const _ of backend.get('a')) break
    await Array.fromAsync(backend.list())
    await backend.deleteMany(['a', 'b', 'c'])
    expect(counts.of('put')).toEqual({ calls: 2, failures: 0, amount: 1024, milliseconds: 250 })
    expect(counts.of('stat')).toEqual({ calls: 1, failures: 1, amount: 0, milliseconds: 0 })
    expect(counts.of('get')).toMatchObject({ calls: 2, failures: 0, amount: 1100 })
    expect(counts.of('list')).toMatchObject({ calls: 1, amount: 2 })
    expect(counts.of('deleteMany')).toMatchObject({ calls: 1, amount: 3 })
    expect(counts.of('rename')).toMatchObject({ calls: 0 })
    expect([...counts.totals().keys()].sort()).toEqual(['deleteMany', 'get', 'list', 'put', 'stat'])
    counts.reset()
    expect(counts.totals().size).toBe(0)
  })

  test('counts attempts inside and calls outside of a retry', async () => {
    const clock = createVirtualClock()
    const [attempts, calls] = [metrics({ clock }), metrics({ clock })]
    const faults = createFaults({ clock }).fail('put', { times: 2 })
    const backend = compose(createMemoryBackend(), faults.layer, attempts, retry({ clock }), calls)
    await backend.put('a', textSource('abc'))
    expect(attempts.of('put')).toMatchObject({ calls: 3, failures: 2, amount: 3 })
    expect(calls.of('put')).toMatchObject({ calls: 1, failures: 0, amount: 3 })
  })
})
