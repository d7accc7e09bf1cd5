import { describe, expect, test } from 'vitest'
import type { SyncEvent } from '../src/index.ts'
import {
  altered,
  backupOf,
  calls,
  contentOf,
  dblock,
  dlist,
  fill,
  makeWorld,
  named,
  type Place,
  type World
} from './places.ts'
import { sync } from './run.ts'

const ALWAYS = 1_000_000
const at = (world: World, n: number) => world.replicas[n] as Place

async function volumes(world: World, count: number, sizeBytes: number): Promise<void> {
  for (let n = 0; n < count; n++) await fill(world.primary.store, { [dblock(n)]: 'x'.repeat(sizeBytes) })
  await fill(world.primary.store, { [dlist(1)]: 'list' })
}

describe('one read for any number of replicas', () => {
  test('M1: each place is listed once in a run', async () => {
    const world = makeWorld(3)
    await fill(world.primary.store, backupOf(3))
    await fill(at(world, 1).store, { [dblock(77)]: 'surplus', ...backupOf(1) })
    expect((await sync(world)).outcome).toBe('success')
    for (const place of [world.primary, ...world.replicas]) expect(calls(place, 'list')).toBe(1)
  })

  for (const count of [1, 2, 3, 5]) {
    test(`M2 M4 L5: each file is fetched once for ${count} replicas, each of which gets what it lacks`, async () => {
      const world = makeWorld(count)
      await fill(world.primary.store, backupOf(6))
      for (let n = 0; n < count; n++) await fill(at(world, n).store, backupOf(n))
      const result = await sync(world)
      expect(calls(world.primary, 'get')).toBe(18)
      expect(result.reads).toMatchObject({ files: 18, refetches: 0 })
      for (let n = 0; n < count; n++) {
        expect(calls(at(world, n), 'put')).toBe(18 - 3 * n)
        const { copied } = result.replicas[String.fromCharCode(97 + n)] as NonNullable<
          (typeof result.replicas)['a']
        >
        expect(copied).toEqual({ files: 18 - 3 * n, bytes: (6 - n) * (70 + 7 + 6) })
        expect(contentOf(at(world, n).store)).toEqual(contentOf(world.primary.store))
      }
    })
  }

  test('M2: the second run reads nothing', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(2))
    await sync(world)
    const before = calls(world.primary, 'get')
    const result = await sync(world)
    expect(result.reads.files).toBe(0)
    expect(calls(world.primary, 'get')).toBe(before)
  })

  test('M3: attempts that failed come on top and nothing else', async () => {
    const world = makeWorld(3)
    await fill(world.primary.store, backupOf(4))
    world.primary.faults.fail('get', { nth: 2 }).fail('get', { nth: 7, when: 'torn' })
    at(world, 1).faults.fail('put', { nth: 3, times: 2 })
    const result = await sync(world)
    expect(result.outcome).toBe('success')
    expect(calls(world.primary, 'get')).toBe(12 + 2)
    expect(result.reads.refetches).toBe(0)
  })

  test('M5: a replica that fails is dropped and costs the others nothing', async () => {
    const world = makeWorld(3)
    await fill(world.primary.store, backupOf(10))
    at(world, 1).faults.fail('put', { nth: 5, times: ALWAYS, error: 'STORAGE_ACCESS_DENIED' })
    const result = await sync(world)
    expect(result.outcome).toBe('error')
    expect(result.replicas['b']).toMatchObject({ status: 'failed', code: 'SYNC_REPLICA_FAILED' })
    expect(result.replicas['b']?.message).toContain('"b"')
    for (const n of [0, 2]) expect(contentOf(at(world, n).store)).toEqual(contentOf(world.primary.store))
    expect(calls(world.primary, 'get')).toBe(30)
    expect(calls(at(world, 1), 'put')).toBeLessThan(10)
  })

  test('M5: a replica that cannot be reached does not stop the others', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(3))
    at(world, 0).faults.fail('list', { times: ALWAYS })
    const result = await sync(world)
    expect(result.replicas['a']).toMatchObject({ status: 'failed', code: 'SYNC_LISTING_FAILED' })
    expect(result.replicas['b']?.status).toBe('succeeded')
  })

  test('M6: a slow replica is detached and does not hold up a fast one', async () => {
    const run = async (withSlow: boolean) => {
      const world = makeWorld(withSlow ? 2 : 1)
      await volumes(world, 60, 1000)
      world.primary.faults.delay('get', { milliseconds: 4000, times: ALWAYS })
      if (withSlow) at(world, 1).faults.delay('put', { milliseconds: 600_000, times: ALWAYS })
      let fastEnd = 0
      const events: SyncEvent[] = []
      const onEvent = (event: SyncEvent) => {
        events.push(event)
        if (event.type === 'replica-end' && event.replica === 'a') fastEnd = world.clock.elapsedMs
      }
      const begin = world.clock.elapsedMs
      const result = await sync(world, {
        execute: { onEvent, spoolMaxBytes: 8000, detachAfterMs: 1000, concurrency: { download: 1 } }
      })
      expect(result.outcome).toBe('success')
      for (const { store } of world.replicas) expect(contentOf(store)).toEqual(contentOf(world.primary.store))
      expect(result.spoolHighWaterBytes).toBeLessThanOrEqual(8000)
      return { time: fastEnd - begin, events, result, gets: calls(world.primary, 'get') }
    }
    const alone = await run(false)
    const together = await run(true)
    expect(together.events.filter(({ type }) => type === 'replica-detach')).toEqual([
      { type: 'replica-detach', replica: 'b' }
    ])
    expect(together.time).toBeLessThanOrEqual(alone.time * 1.1)
    expect(together.result.reads.refetches).toBeGreaterThan(0)
  })

  test('M6: with backpressure the fast one waits, and nothing is read twice', async () => {
    const world = makeWorld(2)
    await volumes(world, 30, 1000)
    at(world, 1).faults.delay('put', { milliseconds: 60_000, times: ALWAYS })
    const result = await sync(world, { execute: { spoolMaxBytes: 4000, slowReplicas: 'backpressure' } })
    expect(result.outcome).toBe('success')
    expect(calls(world.primary, 'get')).toBe(31)
    expect(result.reads.refetches).toBe(0)
  })

  test('M7: a store that holds both copies by itself, and no byte goes through this machine', async () => {
    const world = makeWorld(1)
    await fill(world.primary.store, backupOf(2))
    const { store, backend } = at(world, 0)
    const copyFromPrimary = async (path: string) => {
      await fill(store, { [path]: contentOf(world.primary.store)[path] as string })
    }
    const result = await sync(world, { replicas: { a: { backend, copyFromPrimary } } })
    expect(result.replicas['a']).toMatchObject({ status: 'succeeded', copied: { files: 6 } })
    expect([calls(world.primary, 'get'), calls(at(world, 0), 'put')]).toEqual([0, 0])
    expect(contentOf(store)).toEqual(contentOf(world.primary.store))
  })

  test('M7: where the store cannot, the files go the usual way', async () => {
    const { StorageError } = await import('@tercet/interface')
    const world = makeWorld(1)
    await fill(world.primary.store, backupOf(2))
    const copyFromPrimary = async () => {
      throw new StorageError('STORAGE_UNSUPPORTED', 'another account')
    }
    const result = await sync(world, { replicas: { a: { backend: at(world, 0).backend, copyFromPrimary } } })
    expect(result.replicas['a']?.status).toBe('succeeded')
    expect(contentOf(at(world, 0).store)).toEqual(contentOf(world.primary.store))
  })

  test('M8: a replica that is not named is not touched', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(2))
    await sync(world, { replicas: { a: at(world, 0).backend } })
    expect(at(world, 1).faults.calls).toEqual([])
  })

  test('M2: a file larger than the spool goes straight through to all, read once', async () => {
    const world = makeWorld(3)
    await volumes(world, 3, 200_000)
    const result = await sync(world, { execute: { spoolMaxBytes: 1000 } })
    expect(result.outcome).toBe('success')
    expect(calls(world.primary, 'get')).toBe(4)
    expect(result.spoolHighWaterBytes).toBeLessThanOrEqual(1000)
    for (const { store } of world.replicas) expect(contentOf(store)).toEqual(contentOf(world.primary.store))
  })

  test('M5: one of three fails before it reads a file that goes straight through; the others get it', async () => {
    const world = makeWorld(3)
    await volumes(world, 3, 200_000)
    at(world, 1).faults.fail('put', { times: ALWAYS, error: 'STORAGE_READ_ONLY' })
    const result = await sync(world, { execute: { spoolMaxBytes: 1000 } })
    expect(result.replicas['b']?.status).toBe('failed')
    for (const n of [0, 2]) expect(contentOf(at(world, n).store)).toEqual(contentOf(world.primary.store))
  })

  test('a replica that is full stops at once, says what it still needs, and shows no wrong file', async () => {
    const world = makeWorld(2)
    await volumes(world, 10, 1000)
    let left = 4
    const full = altered(at(world, 0).backend, {
      async put(path, source, options) {
        const { StorageError } = await import('@tercet/interface')
        if (left-- <= 0) throw new StorageError('STORAGE_FULL', 'no space left')
        return await at(world, 0).backend.put(path, source, options)
      }
    })
    const result = await sync(world, { replicas: { ...named(world), a: full }, quotaDisable: true })
    expect(result.replicas['a']).toMatchObject({
      status: 'failed',
      code: 'SYNC_NO_SPACE',
      bytesStillNeeded: 6004
    })
    expect(Object.keys(contentOf(at(world, 0).store)).filter((path) => path.includes('dlist'))).toEqual([])
    expect(result.replicas['b']?.status).toBe('succeeded')
  })
})
