import { isTercetError, type StorageBackend } from '@tercet/interface'
import { readFromBest } from '@tercet/sync-engine'
import { displayUrl } from '@tercet/sync-policy'
import { contentCheck } from '../heal/content-check.ts'
import type { ResolvedOpenOptions } from '../open-options.ts'
import { limited, openReplica } from '../replication/open-replica.ts'
import type { Replica } from '../replication/replica.ts'
import { resolveReplication } from '../replication/resolve-replication.ts'
import { UnopenedBackend } from '../replication/unopened-backend.ts'
import { encryptionFrom } from '../settings/encryption-settings.ts'

/** The destination and its further copies as one backend to read from. */
export interface BackendWithFallbacks {
  readonly backend: StorageBackend
  /** From then on volumes are checked before they are used. */
  usePassphrase(passphrase: Parameters<typeof contentCheck>[0]['passphrase']): void
}

/**
 * Reads each volume from the first place that has it intact: the destination, then its copies in their order. Disposing
 * the backend disposes all places, those that were given as backends too.
 */
export async function withFallbacks(
  store: StorageBackend,
  fallbacks: readonly Replica[],
  options: ResolvedOpenOptions
): Promise<BackendWithFallbacks> {
  const { destination, backendOptions, spoolFolder, onEvent, signal } = options
  const replication = resolveReplication({ destination, backendOptions, replicas: fallbacks })
  const copies = await Promise.all(
    (replication?.configuration.destinations ?? []).map(async (one) => {
      const { displayName, id } = one
      try {
        const given = replication?.backends.get(id)
        if (given !== undefined) return limited(given, options)
        return (await openReplica(one, replication!, options)).backend
      } catch (error) {
        signal?.throwIfAborted()
        if (!isTercetError(error)) throw error
        return new UnopenedBackend(displayName, error)
      }
    })
  )
  let check: ReturnType<typeof contentCheck> | undefined
  const backend = readFromBest([store, ...copies], {
    // Until the passphrase is known, nothing but names and headers is looked at.
    verify: async (path, content, calls) => check === undefined || (await check(path, content, calls)),
    onFallback: ({ path, place, reason }) => {
      if (check !== undefined) onEvent?.({ type: 'read-fallback', volume: path, place, reason })
    },
    temporaryFolder: spoolFolder
  })
  return {
    backend,
    usePassphrase(passphrase) {
      check = contentCheck({ ...options, passphrase, encryption: encryptionFrom(options) })
    }
  }
}

/** Stands for a destination that cannot even be opened, where there are copies to read from. */
export async function openedOrAbsent(
  url: string,
  open: () => Promise<StorageBackend>,
  signal: AbortSignal | undefined
): Promise<StorageBackend> {
  try {
    return await open()
  } catch (error) {
    signal?.throwIfAborted()
    const isMistake =
      isTercetError(error, 'STORAGE_UNKNOWN_SCHEME') || isTercetError(error, 'STORAGE_INVALID_URL')
    if (isMistake || !isTercetError(error) || error.code.startsWith('CONFIG_')) throw error
    return new UnopenedBackend(displayUrl(url), error)
  }
}
