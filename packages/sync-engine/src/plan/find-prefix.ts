import { parseVolumeName } from '@tercet/volume-format'
import type { SortedListing } from '../listing/sorted-listing.ts'
import { SyncError } from '../sync-error.ts'

/** More backups than anybody keeps in one folder: the rest need not be named. */
const MAX_NAMED = 8

/**
 * The one prefix of the volumes at a place; undefined where there are none.
 *
 * @throws SyncError `SYNC_NO_PREFIX` for several
 */
export function findPrefix(listing: SortedListing, displayName: string): string | undefined {
  const prefixes = new Set<string>()
  for (const { path } of listing.entries()) {
    const prefix = path.includes('/') ? undefined : parseVolumeName(path)?.prefix
    if (prefix !== undefined) prefixes.add(prefix)
    if (prefixes.size >= MAX_NAMED) break
  }
  if (prefixes.size <= 1) return prefixes.values().next().value
  throw new SyncError(
    'SYNC_NO_PREFIX',
    `${displayName} holds volumes of several backups (${[...prefixes].join(', ')}); choose one by its prefix, or mirror all files`,
    { context: { place: displayName } }
  )
}
