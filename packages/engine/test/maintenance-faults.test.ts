import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { StorageError, type StorageErrorCode } from '@tercet/interface'
import type { TreeEntry } from '@tercet/testkit-data'
import { createFaults } from '@tercet/testkit-faults'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { planPurgeBroken } from '../src/purge-broken/plan-purge-broken.ts'
import { purgeBroken } from '../src/purge-broken/purge-broken.ts'
import { planDestinationRepair } from '../src/repair/plan-repair.ts'
import { repairDestination } from '../src/repair/repair.ts'
import { makeHistory, runCompact } from './compact/world.ts'
import { remove } from './delete/world.ts'
import { runPurge } from './purge/world.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'

/** What is to be done, and which of the versions are as they were, before and after. */
interface Operation {
  readonly prepare?: (world: BackupWorld) => Promise<unknown>
  readonly run: (world: BackupWorld) => Promise<unknown>
  readonly left: (trees: readonly TreeEntry[][]) => ReadonlyMap<number, TreeEntry[]>
}

const all = (trees: readonly TreeEntry[][]) => new Map(trees.entries())
const newest = (trees: readonly TreeEntry[][]) => new Map([[0, trees[0]!]])

/** The volume that was stored last, of which the sources still have everything. */
async function lose(world: BackupWorld, type: 'dblock' | 'dlist'): Promise<void> {
  const { name } = [...world.catalog.volumes.all({ type })].at(-1)!
  rmSync(join(world.destination, name))
}

const OPERATIONS: Record<string, Operation> = {
  compact: {
    prepare: (world) => remove(world, { versions: [1, 2] }),
    run: (world) => runCompact(world, { threshold: 1 }),
    left: newest
  },
  'purge of a file': {
    run: (world) => runPurge(world, { paths: [world.path('kept/0-0')] }),
    left: (trees) => new Map(trees.map((tree, i) => [i, tree.filter(({ path }) => path !== 'kept/0-0')]))
  },
  'purge of what is broken': {
    prepare: (world) => lose(world, 'dlist'),
    run: async (world) => purgeBroken(world.context, await planPurgeBroken(world.context)),
    left: all
  },
  repair: {
    prepare: (world) => lose(world, 'dblock'),
    run: async (world) => repairDestination(world.context, await planDestinationRepair(world.context)),
    left: all
  }
}

let world: BackupWorld
beforeEach(async () => {
  world = await createBackupWorld()
})
afterEach(() => world[Symbol.asyncDispose]())

const CASES = Object.keys(OPERATIONS).flatMap((name) =>
  (['STORAGE_FULL', 'STORAGE_ACCESS_DENIED'] as const).map((code): [string, StorageErrorCode] => [name, code])
)

it.each(CASES)(
  'a %s that ends with %s leaves all as it was, and the next one ends it',
  async (name, code) => {
    const { prepare, run, left } = OPERATIONS[name]!
    const trees = await makeHistory(world, 3, 2)
    // Labels are a second apart, and a list that is written again takes the next one.
    await world.clock.advance(5000)
    await prepare?.(world)
    const error = new StorageError(code, 'as it happens')
    world = await world.reopen({ layer: createFaults().fail('put', { error }).layer })
    await expect(run(world)).rejects.toMatchObject({ code })
    world = await world.reopen({ layer: undefined })
    await run(world)
    expect(world.catalog.findProblems()).toEqual([])
    expect(await world.allDifferencesFromDestination(left(trees))).toEqual([])
    const there = new Set(await world.volumes())
    const open = [...world.catalog.volumes.all({ states: ['temporary', 'uploading', 'deleting'] })]
    expect(open.filter(({ name: volume }) => there.has(volume))).toEqual([])
    await world.checkFormat()
  }
)
