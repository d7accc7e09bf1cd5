import { createMemoryBackend } from '@tercet/backend-memory'
import { StorageError } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import {
  formatSyncPlan,
  isEmptyPlan,
  isPlanCurrent,
  MARKER_NAME,
  type PlanSyncOptions,
  planSync
} from '../src/index.ts'
import { backupOf, calls, contentOf, dblock, dindex, dlist, fill, makeWorld, named } from './places.ts'

describe('what a plan holds', () => {
  test('T5: the full plan is data with reasons and bytes, and making it writes nothing', async () => {
    const world = makeWorld(2)
    const [first, second] = world.replicas as [(typeof world.replicas)[0], (typeof world.replicas)[0]]
    await fill(world.primary.store, backupOf(2))
    await fill(first.store, {
      ...backupOf(1),
      [dlist(1)]: 'another size',
      [dblock(9)]: 'gone',
      'notes.txt': 'mine'
    })
    const before = [contentOf(first.store), contentOf(second.store)]

    const plan = await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      clock: world.clock
    })

    expect(plan.replicas['a']?.puts.map(({ path, reason }) => [path, reason])).toEqual([
      [dblock(2), 'missing'],
      [dindex(2), 'missing'],
      [dlist(1), 'size'],
      [dlist(2), 'missing']
    ])
    expect(plan.replicas['a']?.deletes).toEqual([
      { path: dblock(9), sizeBytes: 4, class: 'dblock', reason: 'surplus', step: 1 }
    ])
    expect(plan.replicas['a']).toMatchObject({ equalFiles: 2, foreignFiles: 1, putBytes: 70 + 7 + 6 + 6 })
    expect(plan.replicas['b']?.puts).toHaveLength(6)
    expect(plan.reads).toHaveLength(6)
    expect(plan.reads[0]).toMatchObject({ path: dblock(1), replicas: ['b'] })
    expect(structuredClone(plan)).toEqual(plan)
    expect([contentOf(first.store), contentOf(second.store)]).toEqual(before)
    for (const place of [world.primary, first, second]) {
      expect(
        new Set(place.faults.calls.map(({ method }) => method)).difference(new Set(['list', 'quota']))
      ).toEqual(new Set())
    }
    expect(formatSyncPlan(plan).join('\n')).toContain(`+ ${dblock(2)} 70 bytes, missing`)
  })

  test('M1: each place is listed once', async () => {
    const world = makeWorld(3)
    await fill(world.primary.store, backupOf(3))
    await planSync({ primary: world.primary.backend, replicas: named(world), clock: world.clock })
    for (const place of [world.primary, ...world.replicas]) expect(calls(place, 'list')).toBe(1)
  })

  test('both empty: nothing to do', async () => {
    const world = makeWorld()
    const plan = await planSync({ primary: world.primary.backend, replicas: named(world) })
    expect(isEmptyPlan(plan)).toBe(true)
  })

  test('a plan that is out of date says so', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(1))
    const plan = await planSync({ primary: world.primary.backend, replicas: named(world) })
    expect(await isPlanCurrent(plan)).toBe(true)
    await fill(world.primary.store, backupOf(2))
    expect(await isPlanCurrent(plan)).toBe(false)
    await expect(isPlanCurrent(structuredClone(plan))).rejects.toMatchObject({ code: 'SYNC_PLAN_UNKNOWN' })
  })

  test('the verification file goes last, companions with the other files, foreign files not at all', async () => {
    const world = makeWorld()
    const companion = `${dblock(1)}.par2`
    await fill(world.primary.store, {
      ...backupOf(1),
      [companion]: 'p',
      'duplicati-verification.json': '[]',
      'readme.txt': 'x',
      'other-20250101T000000Z.dlist.zip': 'x'
    })
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      prefix: 'duplicati'
    })
    expect(plan.replicas['a']?.puts.map(({ path }) => path)).toEqual([
      dblock(1),
      dindex(1),
      dlist(1),
      companion,
      'duplicati-verification.json'
    ])
  })

  test('several backups at one primary need a prefix', async () => {
    const world = makeWorld()
    await fill(world.primary.store, { ...backupOf(1), 'other-20250101T000000Z.dlist.zip': 'x' })
    const options = { primary: world.primary.backend, replicas: named(world) }
    await expect(planSync(options)).rejects.toMatchObject({ code: 'SYNC_NO_PREFIX' })
    expect((await planSync({ ...options, mirrorAll: true })).replicas['a']?.puts).toHaveLength(4)
  })

  test('mirrorAll takes every file, in folders too, and removes what is not there', async () => {
    const world = makeWorld()
    await fill(world.primary.store, { 'a.txt': 'a', 'sub/b.txt': 'b' })
    await fill(world.replicas[0]?.store as never, {
      'a.txt': 'a',
      'c.txt': 'c',
      'd.txt': 'd',
      'sub/e.txt': 'e'
    })
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: named(world),
      mirrorAll: true,
      maxDeletePercent: 90
    })
    expect(plan.replicas['a']?.puts.map(({ path }) => path)).toEqual(['sub/b.txt'])
    expect(plan.replicas['a']?.deletes.map(({ path }) => path)).toEqual(['c.txt', 'd.txt', 'sub/e.txt'])
  })
})

describe('comparison', () => {
  const compare = async (given: {
    sourceAt?: number
    foundAt?: number
    source?: string
    found?: string
    times?: boolean
  }) => {
    const world = makeWorld(
      1,
      given.times === false ? { capabilities: { modifiedTimeResolutionMs: undefined } } : {}
    )
    const replica = world.replicas[0] as (typeof world.replicas)[0]
    await world.clock.advance(given.foundAt ?? 0)
    await fill(replica.store, { [dblock(1)]: given.found ?? 'same' })
    await world.clock.advance((given.sourceAt ?? 0) - (given.foundAt ?? 0))
    await fill(world.primary.store, { [dblock(1)]: given.source ?? 'same' })
    const plan = await planSync({ primary: world.primary.backend, replicas: named(world) })
    return plan.replicas['a']?.puts.map(({ reason }) => reason)
  }

  test('D15: a later time counts beyond two seconds, and no time says nothing', async () => {
    expect(await compare({ sourceAt: 2000 })).toEqual([])
    expect(await compare({ sourceAt: 2001 })).toEqual(['newer'])
    expect(await compare({ sourceAt: 90_000, times: false })).toEqual([])
  })

  test('sizes that differ are a reason', async () => {
    expect(await compare({ found: 'longer than that' })).toEqual(['size'])
  })

  test('D16: folders in a listing are no files', async () => {
    const { backend } = makeWorld().primary
    const world = makeWorld()
    const withFolder = Object.assign(Object.create(backend), {
      capabilities: backend.capabilities,
      async *list() {
        yield { path: 'sub/', sizeBytes: 0 }
        yield { path: dlist(1), sizeBytes: 3 }
      }
    })
    const plan = await planSync({ primary: withFolder, replicas: named(world), mirrorAll: true })
    expect(plan.reads.map(({ path }) => path)).toEqual([dlist(1)])
  })

  test('a name listed twice ends the plan of that replica, or all of it at the primary', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(1))
    const twice = (inner: typeof world.primary.backend) =>
      Object.assign(Object.create(inner), {
        displayName: 'double',
        capabilities: inner.capabilities,
        async *list() {
          for (let n = 0; n < 2; n++) yield { path: dlist(1), sizeBytes: 6 }
        }
      })
    const [a, b] = world.replicas as [(typeof world.replicas)[0], (typeof world.replicas)[0]]
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: { a: twice(a.backend), b: b.backend }
    })
    expect(plan.replicas['a']?.refusal?.code).toBe('SYNC_DUPLICATE_NAME')
    expect(plan.replicas['b']?.puts).toHaveLength(3)
    await expect(
      planSync({ primary: twice(world.primary.backend), replicas: named(world) })
    ).rejects.toMatchObject({
      code: 'SYNC_DUPLICATE_NAME'
    })
  })

  test('D7: renamed files, unfinished ones and the marker are invisible to the comparison', async () => {
    const world = makeWorld()
    const replica = world.replicas[0] as (typeof world.replicas)[0]
    const retained = `20240101000000.old.${dblock(7)}`
    const left = `.tercet-sync-0123456789abcdef.tmp`
    await fill(world.primary.store, backupOf(1))
    await fill(replica.store, { ...backupOf(1), [retained]: 'old', [left]: 'half', [MARKER_NAME]: '{}' })
    for (const mirrorAll of [false, true]) {
      const plan = await planSync({
        primary: world.primary.backend,
        replicas: named(world),
        mirrorAll,
        retention: true
      })
      expect(plan.replicas['a']?.puts).toEqual([])
      expect(plan.replicas['a']?.deletes.map(({ path, reason }) => [path, reason])).toEqual([
        [left, 'leftover']
      ])
      expect(plan.replicas['a']?.retainedFiles).toBe(1)
    }
  })
})

describe('guards', () => {
  const plan = async (
    primary: Record<string, string>,
    replica: Record<string, string>,
    options: Partial<Parameters<typeof planSync>[0]> = {}
  ) => {
    const world = makeWorld(2)
    await fill(world.primary.store, primary)
    await fill(world.replicas[0]?.store as never, replica)
    const result = await planSync({ primary: world.primary.backend, replicas: named(world), ...options })
    expect(result.replicas['b']?.refusal).toBeUndefined()
    return result.replicas['a'] as NonNullable<(typeof result.replicas)['a']>
  }

  test('G1: an empty primary, or one without a version, empties nothing unless it is allowed', async () => {
    expect((await plan({}, backupOf(5))).refusal?.code).toBe('SYNC_GUARD_EMPTY_PRIMARY')
    expect((await plan({ [dblock(1)]: 'x' }, backupOf(2))).refusal?.code).toBe('SYNC_GUARD_EMPTY_PRIMARY')
    const allowed = await plan({}, backupOf(5), { allowEmptySource: true })
    expect(allowed.refusal).toBeUndefined()
    expect(allowed.deletes).toHaveLength(15)
    expect((await plan({}, { 'notes.txt': 'x' })).refusal).toBeUndefined()
  })

  test('G2: a primary that shrank by more than half deletes nothing unless it is allowed', async () => {
    expect((await plan(backupOf(2), backupOf(5))).refusal?.code).toBe('SYNC_GUARD_MASS_DELETE')
    expect((await plan(backupOf(3), backupOf(5))).deletes).toHaveLength(6)
    expect((await plan(backupOf(2), backupOf(5), { allowMassDelete: true })).deletes).toHaveLength(9)
    expect((await plan(backupOf(2), backupOf(5), { maxDeletePercent: 60 })).deletes).toHaveLength(9)
  })

  test('G2: not every version may go without a newer one', async () => {
    const shared = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [dblock(20 + n), 'd']))
    const old = { ...shared, [dlist(1)]: 'list' }
    expect((await plan({ ...shared, [dlist(1)]: 'l' }, { ...shared, [dlist(2)]: 'l' })).refusal?.code).toBe(
      'SYNC_GUARD_MASS_DELETE'
    )
    expect((await plan({ ...shared, [dlist(2)]: 'l' }, old)).deletes).toHaveLength(1)
  })

  test('G3: files without the prefix are ignored, and mirrored only on request', async () => {
    const found = { ...backupOf(1), 'photo.jpg': 'x', 'a.txt': 'x' }
    expect((await plan(backupOf(1), found)).deletes).toEqual([])
    expect((await plan(backupOf(1), found, { mirrorAll: true })).deletes).toHaveLength(2)
  })

  test('G4: a volume that was uploaded and is not listed stops everything', async () => {
    const world = makeWorld(1)
    await fill(world.primary.store, backupOf(2))
    const hash = new Uint8Array(32)
    const expected = new Map(
      [dblock(1), dblock(2), dblock(3)].map((path) => [
        path,
        { sizeBytes: 70, hash, hashAlgorithm: 'SHA256' as const }
      ])
    )
    const primary = world.primary.backend
    const refused = await planSync({ primary, replicas: named(world), expected })
    expect(refused.replicas['a']?.refusal).toMatchObject({ code: 'SYNC_GUARD_PRIMARY_INCOMPLETE' })
    expect(refused.replicas['a']?.refusal?.message).toContain(dblock(3))
    expected.delete(dblock(3))
    expect(
      (await planSync({ primary, replicas: named(world), expected })).replicas['a']?.refusal
    ).toBeUndefined()
  })

  test('G5: a replica of another backup is refused, unless it is adopted', async () => {
    const marked = {
      ...backupOf(1),
      [MARKER_NAME]: JSON.stringify({
        version: 1,
        source: 'laptop',
        backup: null,
        writtenAt: '2025-01-01T00:00:00Z',
        files: 3,
        bytes: 9,
        digest: 'x'
      })
    }
    const of = (sourceId: string, adoptDestination = false) =>
      plan(backupOf(2), marked, { marker: { sourceId }, adoptDestination })
    expect((await of('desktop')).refusal?.code).toBe('SYNC_GUARD_OTHER_BACKUP')
    expect((await of('desktop', true)).refusal).toBeUndefined()
    expect((await of('laptop')).refusal).toBeUndefined()
    const broken = await plan(
      backupOf(1),
      { ...backupOf(1), [MARKER_NAME]: 'nonsense' },
      { marker: { sourceId: 'laptop' } }
    )
    expect(broken.refusal?.code).toBe('SYNC_GUARD_OTHER_BACKUP')
  })

  test('G5: a marker of another backup is refused though none is to be written', async () => {
    const marker = { version: 1, source: 'laptop', backup: null, files: 3, bytes: 9, digest: 'x' }
    const marked = {
      ...backupOf(1),
      [MARKER_NAME]: JSON.stringify({ ...marker, writtenAt: '2025-01-01T00:00:00Z' })
    }
    const of = async (options: Partial<PlanSyncOptions>) =>
      (await plan(backupOf(2), marked, options)).refusal?.code
    expect(await of({ sourceId: 'desktop' })).toBe('SYNC_GUARD_OTHER_BACKUP')
    expect(await of({ sourceId: 'desktop', adoptDestination: true })).toBeUndefined()
    expect(await of({ sourceId: 'laptop' })).toBeUndefined()
    expect(await of({})).toBeUndefined()
  })

  test('G5: versions, and not one file that the primary has, are of another backup, also without a marker', async () => {
    const other = Object.fromEntries(
      Object.entries(backupOf(9)).filter(([path]) => !Object.hasOwn(backupOf(6), path))
    )
    const of = async (replica: Record<string, string>, options: Partial<PlanSyncOptions> = {}) =>
      (await plan(backupOf(6), replica, { allowMassDelete: true, ...options })).refusal?.code
    expect(await of(other)).toBe('SYNC_GUARD_OTHER_BACKUP')
    expect(await of(other, { adoptDestination: true })).toBeUndefined()
    expect(await of({ ...other, ...backupOf(1) })).toBeUndefined()
    // What is on record as put there is ours, however much the primary has changed since.
    const world = makeWorld()
    const [first] = world.replicas as [(typeof world.replicas)[0]]
    await fill(world.primary.store, backupOf(6))
    await fill(first.store, other)
    const entry = { sizeBytes: 9, sha256: 'a'.repeat(64), verifiedAt: 1, depth: 'put' as const }
    const known = await planSync({
      primary: world.primary.backend,
      replicas: { a: { backend: first.backend, ledger: new Map([[dblock(8), entry]]) } },
      allowMassDelete: true,
      clock: world.clock
    })
    expect(known.replicas['a']?.refusal).toBeUndefined()
    // What an interrupted first run left, and nothing at all, are no other backup.
    expect(await of({ [dblock(99)]: 'data' })).toBeUndefined()
    expect(await of({})).toBeUndefined()
  })

  test('D2: a primary that is missing is an error and is not made', async () => {
    const missing = createMemoryBackend({ capabilities: { createFolder: true } })
    const world = makeWorld()
    const gone = Object.assign(Object.create(missing), {
      displayName: 'mistyped',
      capabilities: missing.capabilities,
      list: () => {
        throw new StorageError('STORAGE_NOT_FOUND', 'There is no such folder')
      }
    })
    await expect(planSync({ primary: gone, replicas: named(world) })).rejects.toMatchObject({
      code: 'STORAGE_NOT_FOUND'
    })
    expect(missing.snapshot().folders.size).toBe(0)
  })
})

describe('space', () => {
  const withRoom = async (freeBytes: number, options: Partial<Parameters<typeof planSync>[0]> = {}) => {
    const world = makeWorld()
    const replica = createMemoryBackend({ capacityBytes: 200 + freeBytes })
    await fill(world.primary.store, {
      [dblock(1)]: 'x'.repeat(200),
      [dblock(2)]: 'y'.repeat(100),
      [dlist(2)]: 'z'
    })
    await fill(replica, { [dblock(1)]: 'x'.repeat(200) })
    return (await planSync({ primary: world.primary.backend, replicas: { a: replica }, ...options }))
      .replicas['a']
  }

  test('D13: sums are right, and a store that does not tell is not asked twice', async () => {
    expect((await withRoom(100))?.refusal?.code).toBe('SYNC_NO_SPACE')
    expect((await withRoom(101))?.refusal).toBeUndefined()
    expect((await withRoom(100, { quotaDisable: true }))?.refusal).toBeUndefined()
    expect((await withRoom(Number.POSITIVE_INFINITY))?.deleteOrder).toBe('after-copy')
  })

  test('before-copy counts what is deleted first, but not what is only renamed', async () => {
    const replica = () => createMemoryBackend({ capacityBytes: 210 })
    const plan = async (options: Partial<Parameters<typeof planSync>[0]>) => {
      const world = makeWorld()
      const backend = replica()
      await fill(world.primary.store, {
        [dblock(1)]: 'x'.repeat(50),
        [dblock(2)]: 'y'.repeat(100),
        [dlist(2)]: 'z'
      })
      await fill(backend, { [dblock(1)]: 'x'.repeat(50), [dblock(9)]: 'y'.repeat(100) })
      return (await planSync({ primary: world.primary.backend, replicas: { a: backend }, ...options }))
        .replicas['a']
    }
    expect((await plan({ deleteOrder: 'before-copy' }))?.refusal).toBeUndefined()
    expect((await plan({ deleteOrder: 'after-copy' }))?.refusal?.code).toBe('SYNC_NO_SPACE')
    expect((await plan({ deleteOrder: 'auto' }))?.refusal?.code).toBe('SYNC_NO_SPACE')
    expect((await plan({ deleteOrder: 'before-copy', retention: true }))?.refusal?.code).toBe('SYNC_NO_SPACE')
  })

  test('interleaved keeps the newest version of the replica until that of the primary is there', async () => {
    const world = makeWorld()
    const backend = createMemoryBackend({ capacityBytes: 330 })
    await fill(world.primary.store, {
      [dblock(3)]: 'n'.repeat(100),
      [dlist(2)]: 'l2',
      [dlist(3)]: 'l3',
      [dblock(4)]: 'o'.repeat(50)
    })
    await fill(backend, {
      [dblock(1)]: 'a'.repeat(150),
      [dblock(2)]: 'b'.repeat(150),
      [dlist(1)]: 'l1',
      [dlist(2)]: 'l2'
    })
    const needs: Record<string, string[]> = {
      [`p${dlist(3)}`]: [dblock(3)],
      [`p${dlist(2)}`]: [dblock(4)],
      [`r${dlist(1)}`]: [dblock(1)],
      [`r${dlist(2)}`]: [dblock(2)]
    }
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: { a: backend },
      maxDeletePercent: 100,
      requiredVolumes: async (name, side) => new Set(needs[`${'primary' in side ? 'p' : 'r'}${name}`])
    })
    const replica = plan.replicas['a']
    expect(replica?.deleteOrder).toBe('interleaved')
    expect(replica?.deletes.map(({ path, step }) => [path, step])).toEqual([
      [dlist(1), 0],
      [dblock(1), 0],
      [dlist(2), 2],
      [dblock(2), 2]
    ])
    expect(replica?.puts.map(({ path, step }) => [path, step])).toEqual([
      [dblock(3), 1],
      [dlist(3), 1],
      [dblock(4), 3],
      [dlist(2), 3]
    ])
  })

  test('I2: interleaved keeps the newest version that can be restored, not the newest that is shown', async () => {
    const world = makeWorld()
    const backend = createMemoryBackend({ capacityBytes: 330 })
    await fill(world.primary.store, { [dblock(3)]: 'n'.repeat(100), [dlist(2)]: 'l2', [dlist(3)]: 'l3' })
    await fill(backend, {
      [dblock(1)]: 'a'.repeat(150),
      [dblock(9)]: 'b'.repeat(150),
      [dlist(1)]: 'l1',
      [dlist(2)]: 'l2'
    })
    const plan = await planSync({
      primary: world.primary.backend,
      replicas: { a: backend },
      maxDeletePercent: 100,
      requiredVolumes: async (name, side) => {
        if ('primary' in side) return new Set([dblock(3)])
        return name === dlist(2) ? 'broken' : new Set([dblock(1)])
      }
    })
    const replica = plan.replicas['a']
    expect(replica?.deleteOrder).toBe('interleaved')
    expect(replica?.deletes.map(({ path, step }) => [path, step])).toEqual([
      [dblock(9), 0],
      [dlist(1), 2],
      [dblock(1), 2]
    ])
  })
})

describe('refused options', () => {
  test('unknown keys, wrong values and one place twice are refused before anything is done', async () => {
    const world = makeWorld()
    const { backend } = world.primary
    const replicas = named(world)
    await expect(planSync({ primary: backend, replicas, retries: 3 } as never)).rejects.toMatchObject({
      code: 'CONFIG_UNKNOWN_KEY'
    })
    await expect(
      planSync({ primary: backend, replicas, deleteOrder: 'first' as never })
    ).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    await expect(planSync({ primary: backend, replicas, backendRetries: -1 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID_VALUE'
    })
    await expect(planSync({ primary: backend, replicas: {} })).rejects.toMatchObject({
      code: 'CONFIG_MISSING'
    })
    await expect(planSync({ primary: backend, replicas: { a: backend } })).rejects.toMatchObject({
      code: 'SYNC_SAME_PLACE'
    })
    expect(world.primary.faults.calls).toEqual([])
  })

  test('an abort rejects with its own reason', async () => {
    const world = makeWorld()
    const reason = new Error('enough')
    world.primary.faults.fail('list', { when: 'hang' })
    const controller = new AbortController()
    const planning = planSync({
      primary: world.primary.backend,
      replicas: named(world),
      signal: controller.signal
    })
    controller.abort(reason)
    await expect(planning).rejects.toBe(reason)
  })
})
