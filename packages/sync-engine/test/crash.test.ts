import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend, StorageError } from '@tercet/interface'
import { metrics } from '@tercet/storage-layers'
import { crashEverywhere, createRandom, createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { type DeleteOrder, executeSync, type PlanSyncOptions, planSync } from '../src/index.ts'
import { apply, ModelBackup } from './model-backup.ts'
import { altered, backupOf, dblock, dlist, fill, makeWorld, text } from './places.ts'
import { type RunOptions, sync } from './run.ts'

const UPLOADS = 2

interface Scenario {
  readonly prepare: (model: ModelBackup, primary: MemoryBackend, replica: MemoryBackend) => Promise<void>
  readonly options?: Partial<PlanSyncOptions>
  /** A file that is wrong from the start. */
  readonly damaged?: string
}

async function backups(model: ModelBackup, primary: MemoryBackend, count: number): Promise<void> {
  for (let n = 0; n < count; n++) await apply(model.backup(2), primary)
}

function equalize(primary: MemoryBackend, replica: MemoryBackend): void {
  replica.restore(primary.snapshot())
}

const SCENARIOS: Record<string, Scenario> = {
  'first sync': { prepare: (model, primary) => backups(model, primary, 2) },
  incremental: {
    async prepare(model, primary, replica) {
      await backups(model, primary, 2)
      equalize(primary, replica)
      await backups(model, primary, 1)
    }
  },
  'after retention': {
    async prepare(model, primary, replica) {
      await backups(model, primary, 3)
      equalize(primary, replica)
      await backups(model, primary, 1)
      await apply(model.deleteOldest(2), primary)
    }
  },
  'after a compaction': {
    async prepare(model, primary, replica) {
      await backups(model, primary, 3)
      equalize(primary, replica)
      await apply(model.deleteOldest(1), primary)
      await apply(model.compact(), primary)
      await backups(model, primary, 1)
    }
  },
  'after a mismatch': {
    async prepare(model, primary, replica) {
      await backups(model, primary, 2)
      equalize(primary, replica)
      const [victim] = model.volumes
      const wrong = new Uint8Array(model.contents.get(victim?.dblock as string) as Uint8Array)
      wrong[0] = 'x'.charCodeAt(0)
      await replica.put(victim?.dblock as string, bytesSource(wrong))
    },
    options: { verifyContents: 'download' },
    damaged: 'the first data volume'
  },
  force: {
    async prepare(model, primary, replica) {
      await backups(model, primary, 2)
      equalize(primary, replica)
    },
    options: { force: true }
  },
  'with retention, replacing': {
    async prepare(model, primary, replica) {
      await backups(model, primary, 2)
      equalize(primary, replica)
      await apply(model.deleteOldest(1), primary)
      await apply(model.compact(), primary)
    },
    options: { retention: true, force: true }
  }
}

const NOT_ATOMIC = { atomicPut: false, rename: true, serverSideCopy: false, deleteBatchSize: 1 }

describe('stopped after every single remote operation', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    for (const order of ['after-copy', 'before-copy', 'interleaved', 'auto'] as const) {
      if (order === 'interleaved' && scenario.options?.retention) continue
      for (const store of ['atomic', 'plain'] as const) {
        test(`I1 I2 I3 I5 I7: ${name}, ${order}, ${store} store`, async () =>
          await crashAndCheck(scenario, order, store))
      }
    }
  }
})

async function crashAndCheck(
  scenario: Scenario,
  deleteOrder: DeleteOrder,
  kind: 'atomic' | 'plain'
): Promise<void> {
  const random = createRandom(7)
  const clock = createVirtualClock()
  const model = new ModelBackup(random)
  const primary = createMemoryBackend({ name: 'primary', clock })
  const replica = createMemoryBackend({
    name: 'replica',
    clock,
    ...(kind === 'plain' ? { capabilities: NOT_ATOMIC } : {})
  })
  await scenario.prepare(model, primary, replica)
  const [primaryBefore, replicaBefore] = [primary.snapshot(), replica.snapshot()]
  const wrongAtFirst = new Set(
    [...replicaBefore.objects]
      .filter(([path, { bytes }]) => !Buffer.from(bytes).equals(model.contents.get(path) as Uint8Array))
      .map(([path]) => path)
  )
  expect(wrongAtFirst.size > 0).toBe(scenario.damaged !== undefined)
  const isRestorableBefore = model.restorableAt(replica).length > 0

  const synchronize = async (wrap: (backend: StorageBackend) => StorageBackend) => {
    const options: PlanSyncOptions = {
      primary: wrap(primary),
      replicas: { a: wrap(replica) },
      clock,
      random: () => 0.5,
      deleteOrder,
      maxDeletePercent: 100,
      requiredVolumes: (dlist, side) => model.requiredAt('primary' in side ? primary : replica, dlist),
      ...scenario.options
    }
    const concurrency = { download: UPLOADS, upload: UPLOADS, delete: 2 }
    return await executeSync(await planSync(options), { concurrency })
  }
  // What an uninterrupted run makes of it, and what it takes.
  const counts = metrics()
  const done = await synchronize(counts)
  expect(done.replicas['a']?.status).toBe('succeeded')
  const finalNames = visibleNames(replica, scenario.options?.force === true)
  const finalPuts = counts.of('put').calls

  const steps = await crashEverywhere({
    async run(crash) {
      primary.restore(primaryBefore)
      replica.restore(replicaBefore)
      counts.reset()
      await synchronize((backend) => crash.layer(counts(backend)))
    },
    async check(crash) {
      const moment = `after operation ${crash.count} (${crash.last?.name} ${crash.last?.path ?? ''})`
      const stillWrong = new Set([...wrongAtFirst].filter((path) => isAsBefore(replica, replicaBefore, path)))
      const problems = model.problemsOf(replica, stillWrong)
      const isSuspended = deleteOrder === 'before-copy'
      const serious = problems.filter((problem) => !isSuspended || !problem.includes('cannot be restored'))
      if (stillWrong.size === 0) expect(serious, moment).toEqual([])
      if (isRestorableBefore && !isSuspended)
        expect(model.restorableAt(replica).length, moment).toBeGreaterThan(0)
      expect(primary.snapshot().objects, `${moment}: the primary`).toEqual(primaryBefore.objects)

      const putsBefore = counts.of('put').calls
      counts.reset()
      const again = await synchronize(counts)
      expect(again.replicas['a']?.status, moment).toBe('succeeded')
      expect(model.problemsOf(replica), `${moment}, run again`).toEqual([])
      const isForced = scenario.options?.force === true
      expect(visibleNames(replica, isForced), `${moment}, run again`).toEqual(finalNames)
      if (scenario.options?.force !== true) {
        expect(putsBefore + counts.of('put').calls, `${moment}: puts in all`).toBeLessThanOrEqual(
          finalPuts + UPLOADS
        )
      }
    }
  })
  expect(steps).toBeGreaterThan(4)
}

/**
 * Names, without the stamps of renamed files, which tell the time of their run; without these files at all where a
 * repetition replaces everything again.
 */
function visibleNames(place: MemoryBackend, withoutRenamed: boolean): string[] {
  const all = [...place.snapshot().objects.keys()].filter(
    (name) => !withoutRenamed || !name.includes('.old.')
  )
  const names = all.map((name) => name.replace(/^\d{14}(-\d+)?\./, ''))
  return [...new Set(names)].sort()
}

function isAsBefore(
  place: MemoryBackend,
  before: ReturnType<MemoryBackend['snapshot']>,
  path: string
): boolean {
  return place.snapshot().objects.get(path)?.bytes === before.objects.get(path)?.bytes
}

describe('kept in order', () => {
  test('I4: data, index and lists are put in this order, each class when the last is acknowledged', async () => {
    const clock = createVirtualClock()
    const model = new ModelBackup(createRandom(3))
    const primary = createMemoryBackend({ clock })
    const replica = createMemoryBackend({ clock })
    for (let n = 0; n < 4; n++) await apply(model.backup(3), primary)
    const acknowledged: string[] = []
    const slow = altered(replica, {
      async put(path, ...rest) {
        const rank = ['dblock', 'dindex', 'dlist'].findIndex((type) => path.includes(`.${type}.`))
        const earlier = model.names.filter((name) =>
          ['dblock', 'dindex', 'dlist'].slice(0, rank).some((type) => name.includes(`.${type}.`))
        )
        expect(earlier.filter((name) => !acknowledged.includes(name))).toEqual([])
        await clock.sleep(100 * (path.charCodeAt(12) % 7))
        const entry = await replica.put(path, ...rest)
        acknowledged.push(path)
        return entry
      }
    })
    const plan = await planSync({ primary, replicas: { a: slow }, clock })
    expect((await executeSync(plan, { concurrency: { upload: 5 } })).outcome).toBe('success')
    expect(acknowledged).toHaveLength(model.names.length)
  })

  test('I4 I6: one data volume that cannot be copied withholds the lists and every deletion', async () => {
    const clock = createVirtualClock()
    const model = new ModelBackup(createRandom(5))
    const primary = createMemoryBackend({ clock })
    const replica = createMemoryBackend({ clock })
    await apply(model.backup(2), primary)
    replica.restore(primary.snapshot())
    await apply(model.backup(2), primary)
    await apply(model.deleteOldest(1), primary)
    const victim = model.volumes.at(-1)?.dblock as string
    const refusing = altered(replica, {
      put: (path, ...rest) => (path === victim ? Promise.reject(new Error('no')) : replica.put(path, ...rest))
    })
    const before = [...replica.snapshot().objects.keys()]
    const result = await executeSync(await planSync({ primary, replicas: { a: refusing }, clock }))
    expect(result.replicas['a']).toMatchObject({
      status: 'partial',
      code: 'SYNC_COPY_FAILED',
      deleted: { files: 0 }
    })
    const after = [...replica.snapshot().objects.keys()]
    expect(after.filter((path) => path.includes('.dlist.'))).toEqual(
      before.filter((path) => path.includes('.dlist.'))
    )
    expect(before.every((path) => after.includes(path))).toBe(true)
    expect(model.problemsOf(replica)).toEqual([])
  })

  test('I1 I5: data stays as long as a list that should have gone is still there', async () => {
    for (const [code, status] of [
      ['STORAGE_ACCESS_DENIED', 'partial'],
      ['STORAGE_LOCKED', 'succeeded']
    ] as const) {
      const clock = createVirtualClock()
      const model = new ModelBackup(createRandom(5))
      const primary = createMemoryBackend({ clock })
      const replica = createMemoryBackend({ clock, capabilities: { deleteBatchSize: 1 } })
      for (let n = 0; n < 3; n++) await apply(model.backup(2), primary)
      replica.restore(primary.snapshot())
      const oldest = model.versions[0]?.path as string
      await apply([...model.deleteOldest(1), ...model.compact(), ...model.backup(1)], primary)
      const refusing = altered(replica, {
        delete: (path, ...rest) =>
          path === oldest ? Promise.reject(new StorageError(code, 'no')) : replica.delete(path, ...rest)
      })
      const options = { primary, clock, allowMassDelete: true }
      const result = await executeSync(await planSync({ ...options, replicas: { a: refusing } }))
      expect(result.replicas['a']).toMatchObject({ status, deleted: { files: 0 } })
      expect(model.problemsOf(replica)).toEqual([])
      expect([...replica.snapshot().objects.keys()]).toContain(oldest)
      await executeSync(await planSync({ ...options, replicas: { a: replica } }))
      expect([...replica.snapshot().objects.keys()].sort()).toEqual(model.names)
    }
  })
})

const CHANGING = ['put', 'delete', 'deleteMany', 'rename', 'copy', 'createFolder', 'setLock']

test('I8: nothing that changes anything is ever called at the primary', async () => {
  const changes: string[] = []
  const watched = (place: StorageBackend) =>
    new Proxy(place, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key)
        if (typeof value !== 'function') return value
        if (!CHANGING.includes(String(key))) return value.bind(target)
        return (...args: unknown[]) => {
          changes.push(String(key))
          return Reflect.apply(value, target, args)
        }
      }
    })
  const world = makeWorld(2)
  const primary = watched(world.primary.backend)
  const run = (options: RunOptions) => sync(world, { primary, ...options })
  await fill(world.primary.store, backupOf(3))
  await run({ marker: { sourceId: 'laptop' }, testFiles: 2 })
  await fill(world.primary.store, backupOf(4))
  await world.primary.store.delete(dlist(1))
  await run({ retention: true })
  await run({ force: true, verifyGetAfterPut: 'download' })
  await world.replicas[0]?.store.put(dblock(2), bytesSource(text('DATA 2 '.repeat(10))))
  await run({ verifyContents: 'download', deleteOrder: 'before-copy' })
  world.replicas[1]?.faults.fail('put', { nth: 1, times: 1000, when: 'before' })
  await fill(world.primary.store, backupOf(5))
  await run({ retry: 1 })
  expect(changes).toEqual([])
})
