import type { TreeEntry } from '@tercet/testkit-data'
import { planPurge } from '../../src/purge/plan-purge.ts'
import { purge } from '../../src/purge/purge.ts'
import type { PlanPurgeOptions, PurgeOptions } from '../../src/purge/purge-options.ts'
import { noise } from '../compact/world.ts'
import type { BackupWorld } from '../support/backup-world.ts'

/** Versions ten seconds apart, with some files that change and some that all have; trees newest first. */
export async function makeVersions(
  world: BackupWorld,
  count = 3,
  options: Parameters<BackupWorld['backUp']>[0] = {}
): Promise<TreeEntry[][]> {
  const trees: TreeEntry[][] = []
  world.write('secret/always', noise(1, 3000))
  world.write('secret/deep/er', 'the same')
  for (let version = 0; version < count; version++) {
    world.write('kept/changing', noise(10 + version, 2500))
    world.write('kept/never', noise(2, 1500))
    world.write('secret/changing', noise(20 + version, 2500))
    trees.unshift(await world.tree())
    await world.clock.advance(9000)
    await world.backUp(options)
  }
  return trees
}

/** The tree without what is in the folder `secret`, and without that. */
export function withoutSecret(tree: readonly TreeEntry[]): TreeEntry[] {
  return tree.filter(({ path }) => path !== 'secret' && !path.startsWith('secret/'))
}

/** Plans and purges. */
export async function runPurge(world: BackupWorld, options: PlanPurgeOptions, run: PurgeOptions = {}) {
  const plan = await planPurge(world.context, options)
  return { plan, result: await purge(world.context, plan, run) }
}

export async function lists(world: BackupWorld): Promise<string[]> {
  return (await world.volumes()).filter((name) => name.includes('.dlist.'))
}
