import { createMemoryBackend } from '@tercet/backend-memory'
import { describe, expect, test } from 'vitest'
import { executeSync, planSync } from '../src/index.ts'
import { backupOf, contentOf, dblock, dindex, dlist, fill, makeWorld, named, type Place } from './places.ts'
import { sync } from './run.ts'

const only = (places: readonly Place[]) => places[0] as Place

describe('edge cases of the tool', () => {
  test('both empty: success', async () => {
    const result = await sync(makeWorld())
    expect(result).toMatchObject({ outcome: 'success', passes: 1, replicas: { a: { status: 'succeeded' } } })
  })

  test('an empty primary and five files at the replica: refused, and emptied only when it is allowed', async () => {
    const world = makeWorld()
    const { store } = only(world.replicas)
    await fill(store, { ...backupOf(1), [dblock(8)]: 'x', [dblock(9)]: 'y' })
    const before = contentOf(store)
    const refused = await sync(world)
    expect(refused).toMatchObject({
      outcome: 'error',
      replicas: { a: { status: 'failed', code: 'SYNC_GUARD_EMPTY_PRIMARY' } }
    })
    expect(contentOf(store)).toEqual(before)
    expect((await sync(world, { allowEmptySource: true })).replicas['a']?.deleted).toMatchObject({ files: 5 })
    expect(contentOf(store)).toEqual({})
  })

  test('the same with retention: every file stays, under a name that ends in its own', async () => {
    const world = makeWorld()
    const { store } = only(world.replicas)
    await fill(store, backupOf(2))
    const before = contentOf(store)
    const result = await sync(world, { allowEmptySource: true, retention: true })
    expect(result.replicas['a']).toMatchObject({
      status: 'succeeded',
      renamed: { files: 6 },
      deleted: { files: 0 }
    })
    const after = contentOf(store)
    expect(Object.keys(after)).toHaveLength(6)
    for (const [path, content] of Object.entries(before)) {
      expect(after[`20250101000000.old.${path}`]).toBe(content)
    }
    // Nothing happens to them again, with retention or without.
    for (const retention of [true, false]) {
      expect((await sync(world, { allowEmptySource: true, retention })).replicas['a']?.deleted.files).toBe(0)
    }
    expect(contentOf(store)).toEqual(after)
  })

  test('a backup is copied; one file that is deleted comes back; new ones follow; obsolete ones go', async () => {
    const world = makeWorld()
    const { store } = only(world.replicas)
    await fill(world.primary.store, backupOf(3))
    await sync(world)
    expect(contentOf(store)).toEqual(contentOf(world.primary.store))

    await store.delete(dblock(2))
    await sync(world)
    expect(contentOf(store)).toEqual(contentOf(world.primary.store))

    await fill(world.primary.store, backupOf(5))
    await world.primary.store.delete(dlist(1))
    await world.primary.store.delete(dblock(1))
    const result = await sync(world)
    expect(contentOf(store)).toEqual(contentOf(world.primary.store))
    expect(result.replicas['a']).toMatchObject({ copied: { files: 6 }, deleted: { files: 2 } })
  })

  test('force with retention on an equal replica puts everything again and keeps the old', async () => {
    const world = makeWorld()
    const { store } = only(world.replicas)
    await fill(world.primary.store, backupOf(1))
    await fill(store, backupOf(1))
    const result = await sync(world, { force: true, retention: true })
    expect(result.replicas['a']).toMatchObject({ status: 'succeeded', copied: { files: 3 } })
    const after = contentOf(store)
    expect(after).toMatchObject(contentOf(world.primary.store))
    expect(Object.keys(after)).toHaveLength(6)
  })

  for (const [where, method] of [
    ['read', 'get'],
    ['write', 'put']
  ] as const) {
    for (const nth of [1, 4, 9]) {
      test(`${where} errors on transfer ${nth} of nine: equal in the end`, async () => {
        const world = makeWorld()
        await fill(world.primary.store, backupOf(3))
        const place = method === 'get' ? world.primary : only(world.replicas)
        place.faults.fail(method, { nth, times: 2 })
        const result = await sync(world, { backendRetries: 5, retry: 0 })
        expect(result.replicas['a']?.status).toBe('succeeded')
        expect(result.outcome).toBe('success')
        expect(contentOf(only(world.replicas).store)).toEqual(contentOf(world.primary.store))
        place.faults.assertAllUsed()
      })
    }

    test(`${where} errors on all transfers: incomplete, and no list is shown`, async () => {
      const world = makeWorld()
      await fill(world.primary.store, backupOf(2))
      const place = method === 'get' ? world.primary : only(world.replicas)
      place.faults.fail(method, { times: 1000 })
      const result = await sync(world, { backendRetries: 0, retry: 1 })
      expect(result.outcome).toBe('error')
      expect(result.replicas['a']).toMatchObject({ status: 'failed', copied: { files: 0 } })
      expect(contentOf(only(world.replicas).store)).toEqual({})
    })
  }

  test('an equal file with a newer time and one of equal size with other bytes: equal with both verifications', async () => {
    const world = makeWorld()
    const { store } = only(world.replicas)
    await fill(store, { ...backupOf(2), [dblock(2)]: 'DATA 2 '.repeat(10) })
    await fill(world.primary.store, backupOf(2))
    await world.clock.advance(60_000)
    await fill(world.primary.store, { [dindex(1)]: 'index 1' })
    const result = await sync(world, { verifyContents: 'download', verifyGetAfterPut: 'download' })
    expect(result.replicas['a']).toMatchObject({ status: 'succeeded', mismatched: 1, copied: { files: 2 } })
    expect(contentOf(store)).toEqual(contentOf(world.primary.store))
  })

  test('free space of 1 KiB and more to copy: refused, nothing changed; less to copy: equal', async () => {
    for (const [bytes, status] of [
      [1500, 'failed'],
      [500, 'succeeded']
    ] as const) {
      const world = makeWorld()
      const store = createMemoryBackend({ capacityBytes: 1024, clock: world.clock })
      await fill(world.primary.store, { [dblock(1)]: 'x'.repeat(bytes), [dlist(1)]: 'l' })
      const plan = await planSync({
        primary: world.primary.backend,
        replicas: { a: store },
        clock: world.clock
      })
      const result = await executeSync(plan)
      expect(result.replicas['a']?.status).toBe(status)
      expect(Object.keys(contentOf(store))).toHaveLength(status === 'failed' ? 0 : 2)
    }
  })

  test('a plan is carried out once, and only as it was made', async () => {
    const world = makeWorld()
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      clock: world.clock
    })
    await expect(executeSync(structuredClone(plan))).rejects.toMatchObject({ code: 'SYNC_PLAN_UNKNOWN' })
    await expect(executeSync(plan, { concurrency: { upload: 0 } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID_VALUE'
    })
    await executeSync(plan)
    await expect(executeSync(plan)).rejects.toMatchObject({ code: 'SYNC_PLAN_UNKNOWN' })
  })
})
