import type { TreeEntry } from '@tercet/testkit-data'
import { crashEverywhere, observed } from '@tercet/testkit-faults'
import { expect, it } from 'vitest'
import { planPurge } from '../../src/purge/plan-purge.ts'
import { purge } from '../../src/purge/purge.ts'
import { remove } from '../delete/world.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'
import { rewindable } from '../support/rewind.ts'
import { lists, makeVersions, runPurge, withoutSecret } from './world.ts'

type GoOn = (world: BackupWorld, found: TreeEntry[][]) => Promise<TreeEntry[][]>

/** What runs next, whatever the step was; each returns the trees of all versions that there are then. */
const NEXT: readonly GoOn[] = [
  async function nextPurge(world, found) {
    const left = [0, 1].filter((number) => found[number]!.some(({ path }) => path === 'secret'))
    // One that has other things to do clears up as well.
    const paths = left.length > 0 ? [`${world.path('secret')}/`] : [world.path('kept/never')]
    const { result } = await runPurge(world, { paths })
    expect(result).toMatchObject({ outcome: 'success' })
    if (left.length > 0) return found.map(withoutSecret)
    return found.map((tree) => tree.filter(({ path }) => path !== 'kept/never'))
  },
  async function nextBackup(world, found) {
    world.write('after', 'the crash')
    await world.clock.advance(10_000)
    expect(await world.backUp()).toMatchObject({ outcome: 'success', recovery: 'none' })
    return [await world.tree(), ...found]
  },
  async function nextDelete(world, found) {
    expect(await remove(world, { versions: [1] })).toMatchObject({ outcome: 'success' })
    return [found[0]!]
  }
]

it('a purge that is stopped after each of its steps leaves old or new versions, and is cleared up after', async () => {
  let world = await createBackupWorld()
  try {
    const trees = await makeVersions(world, 2)
    await world.clock.advance(5000)
    const plan = await planPurge(world.context, { paths: [`${world.path('secret')}/`] })
    const rewind = await rewindable(world)
    const steps = await crashEverywhere({
      async run(crash) {
        const { observer } = crash
        world = await rewind(world, { observer, layer: (inner) => observed(inner, observer) })
        await purge(world.context, plan)
      },
      async check(crash) {
        world = await world.reopen({ observer: undefined, layer: undefined })
        const versions = world.catalog.filesets.versions()
        const found = trees.map((tree, number) => {
          const { seq } = versions[number]!
          return world.catalog.entries.find(world.path('secret'), seq) === undefined
            ? withoutSecret(tree)
            : tree
        })
        const expected = await NEXT[Math.floor(crash.count / 3) % NEXT.length]!(world, found)
        expect(world.catalog.findProblems()).toEqual([])
        // Whatever did not count is gone.
        expect(await lists(world)).toHaveLength(expected.length)
        // That the destination alone is enough hardly depends on the step, so it need not follow each.
        const all = new Map(expected.entries())
        if (crash.count % 3 === 0) expect(await world.allDifferencesFromDestination(all)).toEqual([])
        else for (const [number, tree] of all) expect(await world.differences(number, tree)).toEqual([])
        const there = new Set(await world.volumes())
        const open = world.catalog.volumes.all({ states: ['temporary', 'uploading', 'deleting'] })
        expect([...open].filter(({ name }) => there.has(name))).toEqual([])
        if (!crash.crashed) await world.checkFormat()
      }
    })
    expect(steps).toBeGreaterThan(12)
  } finally {
    await world[Symbol.asyncDispose]()
  }
})
