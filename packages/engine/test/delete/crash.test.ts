import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, observed } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { makeVersions, remove } from './world.ts'

/** Versions that are there while so many lists are: the newest and the oldest of three go, in this order. */
const PRESENT: Readonly<Record<number, readonly number[]>> = { 3: [0, 1, 2], 2: [1, 2], 1: [1] }

/**
 * A delete of two of three versions that is stopped after each of its steps.
 *
 * @param goOn what the next run does; returns the trees of all versions that there are then
 */
async function crashInDelete(
  goOn: (world: BackupWorld, trees: TreeEntry[][]) => Promise<TreeEntry[][]>
): Promise<number> {
  let world = await createBackupWorld()
  try {
    const trees = await makeVersions(world, 3)
    await world.keep()
    return await crashEverywhere({
      async run(crash) {
        world = await world.rewind()
        const plan = await planDelete(world.context, { versions: [0, 2] })
        const { observer } = crash
        world = await world.reopen({ observer, layer: (inner) => observed(inner, observer) })
        await deleteVersions(world.context, plan)
      },
      async check(crash) {
        world = await world.reopen({ observer: undefined, layer: undefined })
        // What the destination has is as it was: what stays, and what goes as long as it is there.
        const present = PRESENT[(await lists(world)).length]!
        const there = new Map(present.map((version, number) => [number, trees[version]!]))
        expect(await world.allDifferencesFromDestination(there)).toEqual([])
        const known = world.catalog.filesets.versions().length
        expect([1, 3]).toContain(known)
        const kept = known === 3 ? trees : [trees[1]!]
        for (const [number, tree] of kept.entries()) expect(await world.differences(number, tree)).toEqual([])
        const expected = await goOn(world, kept)
        expect(world.catalog.filesets.all()).toHaveLength(expected.length)
        expect(await lists(world)).toHaveLength(expected.length)
        expect(world.catalog.findProblems()).toEqual([])
        for (const [number, tree] of expected.entries())
          expect(await world.differences(number, tree)).toEqual([])
        // This hardly depends on the step, so it need not follow each.
        if (!crash.crashed || crash.count % 4 === 0) await world.checkFormat()
      }
    })
  } finally {
    await world[Symbol.asyncDispose]()
  }
}

async function lists(world: BackupWorld): Promise<string[]> {
  return (await world.volumes()).filter((name) => name.includes('.dlist.'))
}

it('a delete that is stopped after each of its steps is ended by the next delete', async () => {
  const steps = await crashInDelete(async (world, kept) => {
    const rules = kept.length === 1 ? { keepVersions: 9 } : { versions: [0, 2] }
    expect(await remove(world, rules)).toMatchObject({ outcome: 'success', remaining: 1 })
    return kept.length === 1 ? kept : [kept[1]!]
  })
  expect(steps).toBeGreaterThan(8)
})

it('a delete that is stopped after each of its steps is ended by the next backup', async () => {
  const steps = await crashInDelete(async (world, kept) => {
    world.write('after', 'the crash')
    expect(await world.backUp()).toMatchObject({ outcome: 'success', recovery: 'none' })
    return [await world.tree(), ...kept]
  })
  expect(steps).toBeGreaterThan(8)
})
