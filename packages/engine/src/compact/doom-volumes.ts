import type { Catalog, CatalogVolume } from '@tercet/core'

/**
 * Decides that volumes of blocks are to go: from now on nothing counts on them, and what describes no other volume goes
 * with them. Commits what is about to happen at the destination.
 *
 * @returns everything that is to be deleted
 */
export function doomVolumes(catalog: Catalog, dblocks: readonly CatalogVolume[]): readonly CatalogVolume[] {
  const { volumes } = catalog
  return catalog.transaction(() => {
    const doomed = new Map(dblocks.map((volume) => [volume.id, volume]))
    for (const { id } of dblocks) {
      const indexes = volumes.indexesOf(id)
      volumes.forgetContent(id)
      for (const index of indexes) {
        const volume = volumes.describedBy(index).length === 0 ? volumes.byId(index) : undefined
        if (volume !== undefined) doomed.set(index, volume)
      }
    }
    volumes.setState(doomed.keys(), 'deleting')
    return [...doomed.values()]
  })
}

/** The same for indexes, whatever they describe. */
export function doomIndexes(catalog: Catalog, indexes: readonly CatalogVolume[]): readonly CatalogVolume[] {
  const { volumes } = catalog
  return catalog.transaction(() => {
    for (const { id } of indexes) volumes.forgetContent(id)
    volumes.setState(
      indexes.map(({ id }) => id),
      'deleting'
    )
    return indexes
  })
}
