import type { Catalog, Fileset } from '@tercet/core'
import type { Issue } from '@tercet/interface'

/**
 * Ends the removal of versions whose lists are gone: what the catalog has of them goes now. Those whose lists an object
 * lock keeps are versions again. A list that could not be deleted for another reason is left for the next run.
 *
 * @param locked names of lists that the destination has refused to delete
 * @returns versions that are versions again
 */
export function settleDeleting(catalog: Catalog, locked: ReadonlySet<string>): readonly Fileset[] {
  const { filesets, volumes } = catalog
  const gone: number[] = []
  const kept: Fileset[] = []
  const keptVolumes: number[] = []
  for (const fileset of filesets.deleting()) {
    const list = fileset.volumeId === undefined ? undefined : volumes.byId(fileset.volumeId)
    if (list === undefined || list.state === 'deleted') gone.push(fileset.seq)
    else if (locked.has(list.name)) {
      kept.push(fileset)
      keptVolumes.push(list.id)
    }
  }
  if (gone.length + kept.length === 0) return kept
  catalog.transaction(() => {
    filesets.unmarkDeleting(kept.map(({ seq }) => seq))
    volumes.setState(keptVolumes, 'uploaded')
    filesets.remove(...gone)
  })
  return kept
}

/** Answers that leave no doubt that the list is still there; after others it may be gone all the same. */
const REFUSALS: ReadonlySet<string> = new Set([
  'STORAGE_LOCKED',
  'STORAGE_ACCESS_DENIED',
  'STORAGE_READ_ONLY',
  'STORAGE_UNSUPPORTED'
])

/** Names of the volumes that are certainly still there. */
export function refusedLists(notDeleted: readonly Issue[]): ReadonlySet<string> {
  return new Set(notDeleted.flatMap(({ code, volume }) => (REFUSALS.has(code) ? (volume ?? []) : [])))
}
