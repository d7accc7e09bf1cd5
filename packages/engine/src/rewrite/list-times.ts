import { type Catalog, type Fileset, freeVersionTime } from '@tercet/core'

/**
 * The new label of each version that is rewritten, by seq: the next second that was never used, so that the order of
 * versions by their labels stays what it is at every moment when they are rewritten from the newest on. Versions that
 * follow so closely that they are in the way are moved on, too.
 *
 * @param versions all versions, from the oldest label to the newest
 */
export function chooseListTimes(
  catalog: Catalog,
  recipe: Parameters<typeof freeVersionTime>[1],
  versions: readonly Fileset[],
  rewritten: ReadonlySet<number>
): ReadonlyMap<number, number> {
  const chosen = new Map<number, number>()
  let last = 0
  for (const { seq, time } of versions) {
    if (!rewritten.has(seq) && time > last) continue
    last = freeVersionTime(catalog, recipe, Math.max(time, last) + 1)
    chosen.set(seq, last)
  }
  return chosen
}
