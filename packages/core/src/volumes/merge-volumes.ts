import { rmSync } from 'node:fs'
import { createCompressor, type DblockReader, type DindexReader } from '@tercet/volume-format'
import { type FinishedVolume, ordinalsOf } from './finished-volume.ts'
import { OpenVolume } from './open-volume.ts'
import { openOwnVolume } from './own-volume.ts'
import type { VolumeRecipe } from './volume-recipe.ts'

/**
 * Which of the partly filled volumes that are left at the end of a run should become one, so that as few as possible
 * are stored: the largest first, each into the first group that has room. A group of one stays as it is.
 */
export function planMerge(volumes: readonly FinishedVolume[], dblockSizeBytes: number): FinishedVolume[][] {
  const groups: { volumes: FinishedVolume[]; sizeBytes: number }[] = []
  for (const volume of volumes.toSorted((a, b) => b.dblock.sizeBytes - a.dblock.sizeBytes)) {
    const { sizeBytes } = volume.dblock
    const group = groups.find((candidate) => candidate.sizeBytes + sizeBytes <= dblockSizeBytes)
    if (group === undefined) groups.push({ volumes: [volume], sizeBytes })
    else {
      group.volumes.push(volume)
      group.sizeBytes += sizeBytes
    }
  }
  return groups.map((group) => group.volumes)
}

/**
 * Makes one volume of several that lie in the spool and have not been stored. Blocks are copied as they are compressed
 * and keep their ordinals, so that whatever counts on them stays right. The old files are removed.
 *
 * @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`; VolumeError `VOLUME_SIZE_MISMATCH`, `VOLUME_HASH_MISMATCH` when a file
 * of the spool changed; the old files are left then
 */
export async function mergeVolumes(
  volumes: readonly FinishedVolume[],
  recipe: VolumeRecipe
): Promise<FinishedVolume> {
  using compressor = createCompressor(recipe.compression)
  const merged = new OpenVolume(recipe, compressor)
  try {
    for (const volume of volumes) await copyVolume(volume, merged, recipe)
    const finished = merged.finish()
    for (const { dblock, dindex } of volumes) {
      for (const file of [dblock, dindex]) if (file !== undefined) rmSync(file.path, { force: true })
    }
    return finished
  } catch (error) {
    merged.discard()
    throw error
  }
}

async function copyVolume(volume: FinishedVolume, target: OpenVolume, recipe: VolumeRecipe): Promise<void> {
  const ordinals = ordinalsOf(volume.runs)[Symbol.iterator]()
  {
    using dblock = (await openOwnVolume(volume.dblock, recipe)) as DblockReader & Disposable
    for (let i = 0; i < dblock.count; i++) {
      target.addPacked(dblock.hashAt(i), dblock.packedBlock(i), ordinals.next().value as number)
    }
  }
  if (volume.dindex === undefined || recipe.indexPolicy !== 'full') return
  using dindex = (await openOwnVolume(volume.dindex, recipe)) as DindexReader & Disposable
  for (const { hash, bytes } of dindex.lists()) target.addList(hash, bytes)
}
