import { rmSync } from 'node:fs'
import type { TreeEntry } from '@tercet/testkit-data'
import { createRandom } from '@tercet/testkit-faults'
import type { DeleteOptions, PlanDeleteOptions } from '../../src/delete/delete-options.ts'
import { deleteVersions } from '../../src/delete/delete-versions.ts'
import { planDelete } from '../../src/delete/plan-delete.ts'
import type { BackupWorld } from '../support/backup-world.ts'

const noise = createRandom(11).bytes(20_000)

/** Makes versions that each add, change and remove something; returns their trees, newest first. */
export async function makeVersions(world: BackupWorld, count = 4): Promise<TreeEntry[][]> {
  const trees: TreeEntry[][] = []
  for (let version = 0; version < count; version++) {
    world.write('changing', noise.subarray(version * 100, 5000 + version * 1000))
    world.write(`only/in-${version}`, `${version}`)
    world.write('never', 'the same')
    if (version > 0) rmSync(world.path(`only/in-${version - 1}`))
    trees.unshift(await world.tree())
    await world.backUp()
  }
  return trees
}

/** Plans and deletes. */
export async function remove(world: BackupWorld, rules: PlanDeleteOptions, options: DeleteOptions = {}) {
  return await deleteVersions(world.context, await planDelete(world.context, rules), options)
}
