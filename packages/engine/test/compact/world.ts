import type { TreeEntry } from '@tercet/testkit-data'
import { createRandom } from '@tercet/testkit-faults'
import { compact } from '../../src/compact/compact.ts'
import type { CompactOptions, PlanCompactOptions } from '../../src/compact/compact-options.ts'
import { planCompact } from '../../src/compact/plan-compact.ts'
import type { BackupWorld } from '../support/backup-world.ts'

/** New volumes are small, so that a few kilobytes make several. */
export const VOLUME_BYTES = 16_384

/** Bytes that do not compress; the same for the same number. */
export function noise(seed: number, bytes: number): Uint8Array {
  return createRandom(seed).bytes(bytes)
}

/** Versions of which each has files that no other one has, between files that all have; trees newest first. */
export async function makeHistory(world: BackupWorld, count: number, files = 4): Promise<TreeEntry[][]> {
  const trees: TreeEntry[][] = []
  for (let version = 0; version < count; version++) {
    for (let file = 0; file < files; file++) {
      world.write(`own/${file}`, noise(version * 100 + file, 6000))
      world.write(`kept/${version}-${file}`, noise(9000 + version * 10 + file, 2000))
    }
    trees.unshift(await world.tree())
    await world.backUp()
  }
  return trees
}

/** Plans and compacts. */
export async function runCompact(
  world: BackupWorld,
  options: PlanCompactOptions = {},
  run: CompactOptions = {}
) {
  const plan = await planCompact(world.context, { volumeSizeBytes: VOLUME_BYTES, ...options })
  return { plan, result: await compact(world.context, plan, run) }
}

export async function dblocks(world: BackupWorld): Promise<string[]> {
  return (await world.volumes()).filter((name) => name.includes('.dblock.'))
}
