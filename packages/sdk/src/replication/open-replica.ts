import type { BackendScheme, StorageBackend } from '@tercet/interface'
import { compose, timeout } from '@tercet/storage-layers'
import type { SyncDestination } from '@tercet/sync-policy'
import { openDestination } from '../destination/open-destination.ts'
import type { ResolvedOpenOptions } from '../open-options.ts'
import type { Replication } from './resolve-replication.ts'

/** A place of a copy, to be disposed when it is no longer needed. */
export interface OpenedReplica extends AsyncDisposable {
  readonly backend: StorageBackend
}

/**
 * Opens the place of a destination. Attempts are repeated by whoever works with it, so it is only limited in time.
 *
 * @throws SdkError `STORAGE_UNKNOWN_SCHEME`; StorageError
 */
export async function openReplica(
  { id, url, backendOptions }: SyncDestination,
  { backends: given }: Replication,
  options: Pick<ResolvedOpenOptions, 'timeoutMs' | 'clock'> & {
    readonly backends?: readonly BackendScheme[] | undefined
  }
): Promise<OpenedReplica> {
  const kept = given.get(id)
  const store =
    kept ?? (await openDestination(url.trim(), options.backends, { options: withoutOurs(backendOptions) }))
  return {
    backend: limited(store, options),
    async [Symbol.asyncDispose]() {
      if (kept === undefined) await store[Symbol.asyncDispose]()
    }
  }
}

/** A backend whose calls end after a time without a sign of life. */
export function limited(
  store: StorageBackend,
  { timeoutMs, clock }: Pick<ResolvedOpenOptions, 'timeoutMs' | 'clock'>
): StorageBackend {
  return timeoutMs > 0 ? compose(store, timeout({ callMs: timeoutMs, idleMs: timeoutMs, clock })) : store
}

/** `quota-disable` tells how to replicate, and nothing to a backend. */
function withoutOurs({ 'quota-disable': _, ...options }: Readonly<Record<string, string>>) {
  return options
}
