/**
 * Real backups, replicated and stopped after every single remote operation: every version that the replica shows then is
 * restored from it, with nothing but the passphrase. A state that was restored before is not restored again.
 */
import { createHash } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend, systemClock } from '@tercet/interface'
import { type DeleteOrder, executeSync, type PlanSyncOptions, planSync } from '@tercet/sync-engine'
import { crashEverywhere, createRandom, createVirtualClock } from '@tercet/testkit-faults'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

type Snapshot = ReturnType<MemoryBackend['snapshot']>

let place: Workplace
let primary: MemoryBackend
/** What each version holds, by its time. */
const contents = new Map<number, string>()
/** The primary after so many versions, and after it was cleaned up. */
const states: { readonly versions: Snapshot[]; cleaned?: Snapshot; compacted?: Snapshot } = { versions: [] }

const open = (destination: StorageBackend, catalogPath?: string) =>
  openBackup({
    destination,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    workers: 0,
    retries: 0,
    ...(catalogPath === undefined ? { temporaryCatalog: true } : { catalogPath })
  })

beforeAll(async () => {
  place = new Workplace()
  primary = createMemoryBackend()
  let now = Date.UTC(2026, 0, 1)
  await using backup = await openBackup({
    destination: primary,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    workers: 0,
    catalogPath: place.catalogPath,
    clock: { now: () => now, monotonic: () => performance.now(), sleep: systemClock.sleep }
  })
  for (const seed of [1, 2, 3]) {
    now += 3_600_000
    place.write('a.bin', createRandom(seed).bytes(20_000))
    place.write(`only-${seed}.txt`, `version ${seed}`)
    await backup.run({ sources: [place.source], testSamples: 0 })
    contents.set(now, digestOf(place.source))
    states.versions.push(primary.snapshot())
  }
  await backup.delete({ keepVersions: 2, autoCompact: false })
  states.cleaned = primary.snapshot()
  await backup.compact({ threshold: 1, maxDownloadBytes: 2 ** 30 })
  states.compacted = primary.snapshot()
})
afterAll(() => place[Symbol.dispose]())

function digestOf(folder: string): string {
  const digest = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile()
  )
  for (const file of files.map(({ parentPath, name }) => join(parentPath, name)).sort())
    digest.update(`${file.slice(folder.length)}\0`).update(readFileSync(file))
  return digest.digest('hex')
}

const restored = new Map<string, Promise<string[]>>()

/** What is wrong with the versions that a place shows. */
function problemsOf(store: MemoryBackend): Promise<string[]> {
  const { objects } = store.snapshot()
  const names = [...objects.keys()].filter((name) => name.startsWith('duplicati-')).sort()
  if (!names.some((name) => name.includes('.dlist.'))) return Promise.resolve([])
  const key = createHash('sha256')
  for (const name of names) key.update(name).update(objects.get(name)?.bytes as Uint8Array)
  const id = key.digest('hex')
  const known = restored.get(id) ?? restoreAll(store)
  restored.set(id, known)
  return known
}

async function restoreAll(store: MemoryBackend): Promise<string[]> {
  const copy = createMemoryBackend()
  copy.restore(store.snapshot())
  const problems: string[] = []
  try {
    await using backup = await open(copy)
    for await (const { number: version, createdAt } of backup.versions()) {
      const to = mkdtempSync(join(tmpdir(), 'tercet-crash-'))
      try {
        const { outcome } = await backup.restore({ to, version })
        const isRight = digestOf(to) === contents.get(createdAt.getTime())
        if (outcome !== 'success' || !isRight) problems.push(`version ${version}: ${outcome}`)
      } finally {
        rmSync(to, { recursive: true, force: true })
      }
    }
  } catch (error) {
    problems.push(String(error))
  }
  return problems
}

interface Scenario {
  readonly source: () => Snapshot
  readonly replica: () => Snapshot | undefined
  readonly options?: Partial<PlanSyncOptions>
  readonly spoils?: boolean
}

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'first sync': { source: () => states.versions[2] as Snapshot, replica: () => undefined },
  incremental: { source: () => states.versions[2] as Snapshot, replica: () => states.versions[1] },
  'after retention': { source: () => states.cleaned as Snapshot, replica: () => states.versions[2] },
  'after a compaction': { source: () => states.compacted as Snapshot, replica: () => states.versions[2] },
  'after a mismatch': {
    source: () => states.versions[1] as Snapshot,
    replica: () => states.versions[1],
    options: { verifyContents: 'download' },
    spoils: true
  },
  force: {
    source: () => states.versions[1] as Snapshot,
    replica: () => states.versions[1],
    options: { force: true }
  }
}

describe('every version that a replica shows can really be restored from it', () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    for (const order of ['after-copy', 'before-copy', 'interleaved', 'auto'] as const) {
      test(`I1 I2 I3 I7: ${name}, ${order}`, async () => await crashAndRestore(scenario, order))
    }
  }
})

async function crashAndRestore(scenario: Scenario, deleteOrder: DeleteOrder): Promise<void> {
  const source = createMemoryBackend()
  const replica = createMemoryBackend()
  source.restore(scenario.source())
  const before = scenario.replica() ?? replica.snapshot()
  const spoiled = scenario.spoils
    ? [...before.objects.keys()].find((path) => path.includes('.dblock.'))
    : undefined
  const start = async () => {
    replica.restore(before)
    if (spoiled === undefined) return
    const wrong = new Uint8Array(before.objects.get(spoiled)?.bytes as Uint8Array)
    wrong[200] = (wrong[200] as number) ^ 1
    await replica.put(spoiled, bytesSource(wrong))
  }
  const synchronize = async (wrap: (backend: StorageBackend) => StorageBackend) => {
    const plan = await planSync({
      primary: wrap(source),
      replicas: { a: wrap(replica) },
      clock: createVirtualClock(),
      deleteOrder,
      maxDeletePercent: 100,
      // As if each version needed all data of its side.
      requiredVolumes: async (_dlist, side) => {
        const names = ('primary' in side ? source : replica).snapshot().objects.keys()
        return new Set([...names].filter((name) => !name.includes('.dlist.')))
      },
      ...scenario.options
    })
    return await executeSync(plan, { concurrency: { download: 1, upload: 1, delete: 1 } })
  }
  const steps = await crashEverywhere({
    async run(crash) {
      await start()
      await synchronize((backend) => crash.layer(backend))
    },
    async check(crash) {
      const moment = `after operation ${crash.count} (${crash.last?.name} ${crash.last?.path ?? ''})`
      const isSpoiled =
        spoiled !== undefined &&
        !Buffer.from(replica.snapshot().objects.get(spoiled)?.bytes ?? []).equals(
          source.snapshot().objects.get(spoiled)?.bytes as Uint8Array
        )
      if (deleteOrder !== 'before-copy' && !isSpoiled) {
        expect(await problemsOf(replica), moment).toEqual([])
        if (scenario.replica() !== undefined) {
          expect([...replica.snapshot().objects.keys()].some((path) => path.includes('.dlist.'))).toBe(true)
        }
      }
      expect((await synchronize((backend) => backend)).replicas['a']?.status, moment).toBe('succeeded')
      expect(await problemsOf(replica), `${moment}, run again`).toEqual([])
      expect([...replica.snapshot().objects.keys()].sort(), `${moment}, run again`).toEqual(
        [...source.snapshot().objects.keys()].sort()
      )
    }
  })
  expect(steps).toBeGreaterThan(2)
}
