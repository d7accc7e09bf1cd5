import type { Catalog } from '../catalog/catalog.ts'
import { dlistName, type VolumeRecipe } from './volume-recipe.ts'

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
  while (catalog.volumes.byName(dlistName(recipe, free)) !== undefined) {
    free = catalog.filesets.freeTime(free + 1)
  }
  return free
}
