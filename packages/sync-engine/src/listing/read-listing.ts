import { abortable, isTercetError, type StorageEntry } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { SyncError } from '../sync-error.ts'
import type { SyncEvent } from '../sync-event.ts'
import { SortedListing } from './sorted-listing.ts'

export interface ReadListingOptions {
  /** In folders too. */
  readonly recursive: boolean
  readonly temporaryFolder?: string | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
}

/** A place is told of once in so many entries. */
const TELL_EVERY = 10_000

/**
 * Lists a place, from the start again where that may help: a listing is whole or it is none.
 *
 * @throws SyncError `SYNC_LISTING_FAILED`; the backend's own `STORAGE_NOT_FOUND` when the place is missing
 */
export async function readListing(place: Endpoint, options: ReadListingOptions): Promise<SortedListing> {
  const { displayName } = place.backend
  let listing: SortedListing | undefined
  try {
    return await place.run('other', { method: 'list', signal: options.signal }, async () => {
      listing?.[Symbol.dispose]()
      listing = new SortedListing({ displayName, temporaryFolder: options.temporaryFolder })
      for await (const entry of entriesOf(place, options)) {
        if (isFolder(entry)) continue
        listing.add(entry)
        if (listing.count % TELL_EVERY === 0) {
          options.onEvent?.({ type: 'sync-list', place: place.name, files: listing.count })
        }
      }
      options.onEvent?.({ type: 'sync-list', place: place.name, files: listing.count })
      return listing
    })
  } catch (error) {
    listing?.[Symbol.dispose]()
    if (options.signal?.aborted) throw options.signal.reason
    if (isTercetError(error, 'STORAGE_NOT_FOUND') || isTercetError(error, 'SYNC_SPOOL_FAILED')) throw error
    throw new SyncError(
      'SYNC_LISTING_FAILED',
      `${displayName} could not be listed: ${error instanceof Error ? error.message : String(error)}`,
      { cause: error, context: { place: place.name } }
    )
  }
}

function entriesOf(place: Endpoint, options: ReadListingOptions): AsyncIterable<StorageEntry> {
  const { signal, recursive } = options
  return abortable(place.backend.list({ signal, recursive }), signal)
}

/** A store that shows its folders as entries is not asked to copy them. */
function isFolder(entry: StorageEntry): boolean {
  return entry.path.endsWith('/')
}
