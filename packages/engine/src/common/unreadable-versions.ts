import type { CatalogReader } from '@tercet/core'

/** A version that the destination has, and whose list could not be read when the catalog was made. */
export interface UnreadableVersion {
  readonly createdAt: Date
  /** Its list. */
  readonly volume: string
}

/** Versions that are in no other listing, newest first: their lists are there, and nothing of them is known. */
export function unreadableVersions({
  catalog
}: {
  readonly catalog: CatalogReader
}): readonly UnreadableVersion[] {
  const known = new Set(catalog.filesets.all().map(({ volumeId }) => volumeId))
  const found: UnreadableVersion[] = []
  const lists = catalog.volumes.all({ type: 'dlist', states: ['uploaded', 'verified'] })
  for (const { id, name, time, processed } of lists)
    if (time !== undefined && !processed && !known.has(id))
      found.push({ createdAt: new Date(time * 1000), volume: name })
  return found.sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
}
