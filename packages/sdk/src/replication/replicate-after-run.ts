import { lstatSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ReadingContext, readStoredSettings } from '@tercet/engine'
import { type StorageBackend, systemClock, type VolumeStoredHook } from '@tercet/interface'
import type { FinishedBackup } from '@tercet/sync-policy'
import { newVolumeId } from '@tercet/volume-format'
import { destinationId } from '../catalog/catalog-path.ts'
import { openDestination } from '../destination/open-destination.ts'
import { contentCheck } from '../heal/content-check.ts'
import type { RunOptions } from '../operation-options.ts'
import type { BackedUp } from '../run-backup.ts'
import type { OpenedBackup } from '../session.ts'
import { encryptionFrom } from '../settings/encryption-settings.ts'
import { limited } from './open-replica.ts'
import { ReplicaNeeds } from './replica-needs.ts'
import { replicate } from './replicate.ts'
import type { ReplicationResult } from './replication-result.ts'
import type { Replication } from './resolve-replication.ts'
import type { SyncStore } from './sync-store.ts'
import { VolumeCache } from './volume-cache.ts'
import { volumesNeededBy } from './volumes-needed.ts'

/** Replication of one run: what it has to know while the backup is made, and what is done afterwards. */
export interface RunReplication {
  readonly onVolumeStored: VolumeStoredHook | undefined
  after(result: BackedUp, context: ReadingContext | undefined): Promise<ReplicationResult>
}

/**
 * To be called before the backup: what cannot be done later is refused now.
 *
 * @throws SyncPolicyError `SYNC_STATE_TOO_NEW`
 */
export function prepareReplication(
  opened: OpenedBackup,
  replication: Replication,
  store: SyncStore,
  options: RunOptions
): RunReplication {
  const { options: open } = opened
  store.state()
  const startedAt = (open.clock ?? systemClock).now()
  const sourceId = destinationId(opened.store, open.prefix)
  const cache = options.dryRun === true ? undefined : cacheOf(replication, sourceId, open.spoolFolder)
  return {
    onVolumeStored: cache?.keep,
    async after(result, context) {
      const backup: FinishedBackup = {
        id: newVolumeId(),
        startedAt,
        outcome: result.outcome,
        isPartial: result.version?.isPartial ?? result.outcome === 'stopped',
        isDryRun: result.isDryRun
      }
      const { signal, stop, onEvent = open.onEvent } = options
      const passphrase = context?.passphrase
      // What was backed up with is known, however large it is.
      const maxBlocksize = (context && readStoredSettings(context.catalog)?.blocksize) ?? open.maxBlocksize
      using needs = new ReplicaNeeds(open, { passphrase, signal })
      return await replicate(
        {
          replication,
          openPrimary: () => openPrimary(opened, replication),
          catalog: context?.catalog,
          store,
          cache,
          options: open,
          sourceId,
          requiredVolumes: async (dlist) => context && (await volumesNeededBy(context, dlist, signal)),
          requiredAtReplica: (backend, dlist) => needs.of(backend, dlist),
          verify: contentCheck({ ...open, passphrase, encryption: encryptionFrom(open), maxBlocksize }),
          onEvent,
          signal,
          stop
        },
        backup
      )
    }
  }
}

/** Beside the spool, since volumes are linked and not copied. Without one, volumes are fetched. */
function cacheOf(
  { configuration }: Replication,
  sourceId: string,
  spoolFolder: string | undefined
): VolumeCache | undefined {
  const { syncCacheMaxSize } = configuration.run
  if (syncCacheMaxSize === 0) return undefined
  const folder = join(spoolFolder ?? tmpdir(), `tercet-sync-cache-${sourceId}`)
  try {
    const cache = new VolumeCache(folder, syncCacheMaxSize)
    return isOurs(folder) ? cache : undefined
  } catch {
    return undefined
  }
}

/** Others may write to the folder for temporary files, too. */
function isOurs(folder: string): boolean {
  const stat = lstatSync(folder)
  return stat.isDirectory() && (process.getuid === undefined || stat.uid === process.getuid())
}

/** The destination itself, or opened anew where it has options for replication alone. */
async function openPrimary(
  { store, options }: OpenedBackup,
  { configuration }: Replication
): Promise<AsyncDisposable & { readonly backend: StorageBackend }> {
  const { destination, backends, credentials, backendOptions } = options
  const global = Object.assign({}, ...configuration.destinations.map(({ globalOptions }) => globalOptions))
  const more = { ...global, ...backendOptions, ...configuration.sourceOptions }
  const isSame = Object.entries(more).every(([name, value]) => backendOptions?.[name] === value)
  if (isSame || typeof destination !== 'string')
    return { backend: limited(store, options), async [Symbol.asyncDispose]() {} }
  const own = await openDestination(destination, backends, { credentials, options: more })
  return { backend: limited(own, options), [Symbol.asyncDispose]: () => own[Symbol.asyncDispose]() }
}
