import { type CompressionSetting, DEFAULT_COMPRESSION } from '@tercet/volume-format'
import type { Catalog } from '../catalog/catalog.ts'
import { dlistName, type VolumeRecipe } from './volume-recipe.ts'

/** One setting for each kind of archive: a list of another kind has the same time in its name. */
const KINDS: readonly CompressionSetting[] = [
  DEFAULT_COMPRESSION,
  { method: 'tgz', level: 1 },
  { method: 'tzstd', level: 1 }
]

/**
 * The least time, from this one on, for a new version: no version has it, and no dlist has ever been sent under the name
 * that goes with it. Names are not used twice, not even after a crash within the same second. Seconds since 1970.
 */
export function freeVersionTime(
  catalog: Catalog,
  recipe: Pick<VolumeRecipe, 'prefix' | 'key'>,
  time: number
): number {
  let free = catalog.filesets.freeTime(time)
  const isTaken = (compression: CompressionSetting) =>
    catalog.volumes.byName(dlistName({ ...recipe, compression }, free)) !== undefined
  while (KINDS.some(isTaken)) {
    free = catalog.filesets.freeTime(free + 1)
  }
  return free
}
