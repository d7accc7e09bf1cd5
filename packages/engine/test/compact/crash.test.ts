import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, observed } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { compact } from '../../src/compact/compact.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { dblocks, makeHistory, runCompact, VOLUME_BYTES } from './world.ts'

/**
 * A compaction that is stopped after each of its steps: every version restores exactly, and the next run ends it.
 *
 * @param look whether the versions are restored before the next run too; once for each step is enough
 * @param goOn what the next run does; returns the tree of the newest version then
 */
async function crashInCompaction(
  look: boolean,
  goOn: (world: BackupWorld, tree: TreeEntry[], original: ReadonlySet<string>) => Promise<TreeEntry[]>
) {
  let world = await createBackupWorld()
  try {
    const trees = await makeHistory(world, 4, 2)
    await remove(world, { versions: [1, 2] })
    await world.keep()
    const original: ReadonlySet<string> = new Set(await dblocks(world))
    const kept = [trees[0]!, trees[3]!]
    return await crashEverywhere({
      async run(crash) {
        world = await world.rewind()
        const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES, threshold: 5 })
        expect(plan.volumesToRewrite.length).toBeGreaterThan(1)
        const { observer } = crash
        world = await world.reopen({ observer, layer: (inner) => observed(inner, observer) })
        await compact(world.context, plan)
      },
      async check(crash) {
        world = await world.reopen({ observer: undefined, layer: undefined })
        if (look) {
          for (const [number, tree] of kept.entries())
            expect(await world.differences(number, tree)).toEqual([])
          expect(await world.allDifferencesFromDestination(new Map(kept.entries()))).toEqual([])
        }
        const newest = await goOn(world, kept[0]!, original)
        expect(world.catalog.findProblems()).toEqual([])
        expect(await world.differencesFromDestination(0, newest)).toEqual([])
        // Everything that was begun is ended.
        expect([...world.catalog.volumes.all({ states: ['temporary', 'uploading', 'deleting'] })]).toEqual([])
        if (!crash.crashed || crash.count % 4 === 0) await world.checkFormat()
      }
    })
  } finally {
    await world[Symbol.asyncDispose]()
  }
}

it('is ended by the next compaction, which stores nothing twice', async () => {
  const steps = await crashInCompaction(true, async (world, tree, original) => {
    const { volumes } = world.catalog
    const isStored = (name: string) => ['uploaded', 'verified'].includes(volumes.byName(name)?.state ?? '')
    const fresh = (await dblocks(world)).filter((name) => !original.has(name) && isStored(name))
    const { result } = await runCompact(world, { threshold: 5 })
    expect(result).toMatchObject({ outcome: 'success' })
    // What was stored is used, not stored once more.
    expect(await dblocks(world)).toEqual(expect.arrayContaining(fresh))
    const { plan } = await runCompact(world, { threshold: 5 })
    expect(plan).toMatchObject({ volumesToDelete: [], volumesToRewrite: [] })
    return tree
  })
  expect(steps).toBeGreaterThan(15)
})

it('is ended by the next backup', async () => {
  const steps = await crashInCompaction(false, async (world) => {
    world.write('after', 'the crash')
    expect(await world.backUp()).toMatchObject({ outcome: 'success', recovery: 'none' })
    return await world.tree()
  })
  expect(steps).toBeGreaterThan(15)
})
