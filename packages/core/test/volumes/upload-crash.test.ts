import { createMemoryBackend } from '@tercet/backend-memory'
import { hashBytes } from '@tercet/crypto'
import {
  type CrashPoint,
  crashEverywhere,
  createFaults,
  type FaultMoment,
  type Faults
} from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { freeVersionTime } from '../../src/volumes/free-version-time.ts'
import { registerDlist, registerVolume } from '../../src/volumes/pending-upload.ts'
import {
  blockHash,
  createWorld,
  names,
  openRun,
  type Run,
  type RunOptions,
  stored,
  TIME,
  type World
} from './world.ts'

/** The blocks of each volume of the version. */
const PLAN = [
  [1, 2],
  [3, 4],
  [5, 6]
]

/** What a backup does with its volumes, reduced to that: only blocks that are not known yet are packed again. */
async function backUp(run: Run): Promise<void> {
  const known = new Set<string>()
  for (const { hashes } of run.catalog.blocks.all()) {
    for (let at = 0; at < hashes.length; at += 32)
      known.add(Buffer.from(hashes.subarray(at, at + 32)).toString('hex'))
  }
  const missing = PLAN.map((numbers) => numbers.filter((number) => !known.has(hex(number))))
  const pending = missing
    .filter((numbers) => numbers.length > 0)
    .map((numbers) => registerVolume(run.catalog, run.pack(...numbers)))
  const uploads = await Promise.allSettled(pending.map((upload) => run.store.upload(upload)))
  for (const upload of uploads) if (upload.status === 'rejected') throw upload.reason
  await run.store.deleteAbandoned()
  const { catalog } = run
  const seq =
    catalog.filesets.building()?.seq ??
    catalog.filesets.begin({ time: freeVersionTime(catalog, run.recipe, TIME) })
  const { time } = catalog.filesets.bySeq(seq)!
  const file = await run.dlist(time)
  const list = catalog.transaction(() => {
    const upload = registerDlist(catalog, file, time, (newTime) =>
      catalog.filesets.relabel(seq, { time: newTime })
    )
    catalog.filesets.relabel(seq, { volumeId: upload.items[0]!.volumeId })
    return upload
  })
  await run.store.upload(list)
  catalog.filesets.complete(seq, { volumeId: list.items[0]!.volumeId, isFull: true })
}

function hex(number: number): string {
  return Buffer.from(blockHash(number)).toString('hex')
}

/** The next run after a crash: clears up, and goes on if the version was not stored. */
async function recover(world: World): Promise<void> {
  using run = await openRun(world)
  const { catalog, store } = run
  const acknowledged = [...catalog.volumes.all({ states: ['uploaded'] })].map(({ name }) => name)
  const report = await store.verifyListing({ mode: 'clean' })
  expect(report.defects).toEqual([])
  expect(report.notDeleted).toEqual([])
  for (const { name } of report.abandoned) expect(acknowledged).not.toContain(name)

  // A version is at the destination only together with all that it needs (invariant 1).
  const listed = await names(world.backend)
  const building = catalog.filesets.building()
  const dlist = [...catalog.volumes.all({ type: 'dlist', states: ['uploaded', 'verified'] })]
  if (dlist.length > 0) {
    expect(catalog.blocks.count()).toBeGreaterThanOrEqual(PLAN.flat().length)
    if (building !== undefined)
      catalog.filesets.complete(building.seq, { volumeId: dlist[0]!.id, isFull: true })
  } else {
    expect(listed.filter((name) => name.includes('.dlist.'))).toEqual([])
    if (building !== undefined) catalog.filesets.remove(building.seq)
    await backUp(run)
  }
  await expectGood(run, world)
  for (const name of acknowledged) expect(catalog.volumes.byName(name)?.state).toMatch(/uploaded|verified/)
}

/** Destination and catalog say the same, all blocks are there once, and nothing else is. */
async function expectGood({ catalog, store }: Run, world: World): Promise<void> {
  const report = await store.verifyListing({ mode: 'strict' })
  expect(report).toMatchObject({ defects: [], abandoned: [], notDeleted: [] })
  const there = [...catalog.volumes.all({ states: ['uploaded', 'verified'] })]
  expect(await names(world.backend)).toEqual(there.map(({ name }) => name).sort())
  for (const { name, hash } of there) {
    expect([...hashBytes('SHA256', await stored(world.backend, name))]).toEqual([...hash!])
  }
  expect(catalog.volumes.withoutIndex().filter(({ type }) => type === 'dblock').length).toBeLessThanOrEqual(
    PLAN.length
  )
  const blocks = new Set<string>()
  for (const { hashes } of catalog.blocks.all()) {
    for (let at = 0; at < hashes.length; at += 32)
      blocks.add(Buffer.from(hashes.subarray(at, at + 32)).toString('hex'))
  }
  for (const number of PLAN.flat()) expect(blocks).toContain(hex(number))
  expect(catalog.filesets.versions()).toHaveLength(1)
}

async function crashEachStep(
  faultsOf: () => Faults | undefined,
  options: RunOptions = {},
  backendOf = () => createMemoryBackend()
): Promise<number> {
  let world: World | undefined
  try {
    return await crashEverywhere({
      async run(crash: CrashPoint) {
        world?.[Symbol.dispose]()
        world = createWorld(backendOf())
        const faults = faultsOf()
        const inner = world.backend
        const backend = crash.layer(faults === undefined ? inner : faults.layer(inner))
        const run = await openRun(world, { ...options, backend, observer: crash.observer })
        try {
          await backUp(run)
        } finally {
          // What a killed process leaves open is closed for it, without another write.
          run[Symbol.dispose]()
        }
      },
      check: () => recover(world!)
    })
  } finally {
    world?.[Symbol.dispose]()
  }
}

describe('a run that is stopped after each step', () => {
  it('loses nothing that was acknowledged, and the next one completes it', async () => {
    // Two puts a volume and one of the list; a commit each for the volumes' entry and end, the version's begin, the
    // list's entry and end, and its completion.
    const steps = await crashEachStep(() => undefined)
    expect(steps).toBeGreaterThanOrEqual(3 * 2 + 1)
    expect(steps).toBeLessThan(40)
  })

  it.each<FaultMoment>(['before', 'torn', 'after'])('the same while puts fail (%s)', async (when) => {
    const promised = when === 'torn' ? { atomicPut: false } : {}
    await crashEachStep(
      () => createFaults({ capabilities: promised }).fail('put', { when }).fail('put', { when, nth: 5 }),
      { uploads: 2 },
      () => createMemoryBackend({ capabilities: promised })
    )
  })

  it('the same while the list is sent again under another time', async () => {
    await crashEachStep(() => createFaults().fail('put', { when: 'after', match: /dlist/, times: 2 }))
  })
})
