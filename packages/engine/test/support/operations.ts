import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Issue, Outcome } from '@tercet/interface'
import type { TreeEntry } from '@tercet/testkit-data'
import { planPurgeBroken } from '../../src/purge-broken/plan-purge-broken.ts'
import { purgeBroken } from '../../src/purge-broken/purge-broken.ts'
import { planDestinationRepair } from '../../src/repair/plan-repair.ts'
import { repairDestination } from '../../src/repair/repair.ts'
import { planRestore } from '../../src/restore/plan-restore.ts'
import { restore } from '../../src/restore/restore.ts'
import { verify } from '../../src/verify/verify.ts'
import { noise, runCompact } from '../compact/world.ts'
import { remove } from '../delete/world.ts'
import { runPurge } from '../purge/world.ts'
import type { BackupWorld } from './backup-world.ts'

/** An operation on three versions with two files each, and what they come to. */
export interface Operation {
  readonly prepare?: (world: BackupWorld) => unknown
  readonly run: (world: BackupWorld) => Promise<{ outcome: Outcome; issues: readonly Issue[] }>
  /** Trees of the versions that are left, by number, from those before, newest first. */
  readonly left: (
    trees: readonly TreeEntry[][],
    world: BackupWorld
  ) => Promise<ReadonlyMap<number, TreeEntry[]>>
  /** When all was done but for what the next operation of any kind ends, it has nothing to do. */
  readonly nothingLeft?: string
}

const all = async (trees: readonly TreeEntry[][]) => new Map(trees.entries())
const newest = async (trees: readonly TreeEntry[][]) => new Map([[0, trees[0]!]])

/** The volume that was stored last, of which the sources still have everything. */
function lose({ catalog, destination }: BackupWorld, type: 'dblock' | 'dlist'): void {
  const { name } = [...catalog.volumes.all({ type })].at(-1)!
  rmSync(join(destination, name))
}

/** Operations that change a destination. */
export const CHANGING: Readonly<Record<string, Operation>> = {
  backup: {
    prepare: (world) => world.write('late', noise(77, 20_000)),
    run: (world) => world.backUp(),
    async left(trees, world) {
      // An interrupted one may have left a version of its own.
      const count = world.catalog.filesets.versions().length
      const old = trees.map((tree, i): [number, TreeEntry[]] => [count - trees.length + i, tree])
      return new Map([[0, await world.tree()], ...old])
    }
  },
  delete: {
    run: (world) => remove(world, { keepVersions: 1 }),
    left: newest
  },
  compact: {
    prepare: (world) => remove(world, { versions: [1, 2] }),
    run: async (world) => (await runCompact(world, { threshold: 1 })).result,
    left: newest
  },
  'purge of a file': {
    run: async (world) => (await runPurge(world, { paths: [world.path('kept/0-0')] })).result,
    left: async (trees) =>
      new Map(trees.map((tree, i) => [i, tree.filter(({ path }) => path !== 'kept/0-0')])),
    nothingLeft: 'PURGE_NOTHING_MATCHES'
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

/** Operations that read it. */
export const READING: Readonly<Record<string, Operation>> = {
  verification: {
    run: (world) => verify(world.context, { samples: 'all' }),
    left: all
  },
  restore: {
    run: async (world) =>
      restore(world.context, await planRestore(world.context, { to: `${world.source}-restored` })),
    left: all
  }
}
