import { assertKnownKeys, ConfigurationError, isTercetError, type StorageBackend } from '@tercet/interface'
import type { SyncConfiguration, SyncDestination } from '@tercet/sync-policy'
import { defaultCatalogPath, destinationId } from '../catalog/catalog-path.ts'
import { openDestination } from '../destination/open-destination.ts'
import { openPatiently } from '../destination/open-patiently.ts'
import { namedPlaces } from '../replication/named-places.ts'
import { limited, openReplica } from '../replication/open-replica.ts'
import { type Replication, resolveReplication } from '../replication/resolve-replication.ts'
import { SyncStore } from '../replication/sync-store.ts'
import { UnopenedBackend } from '../replication/unopened-backend.ts'
import { Mirror, type MirroredPlace } from './mirror.ts'
import { MIRROR_KEYS, type MirrorOptions } from './mirror-options.ts'

const PREFIX = 'duplicati'
const TIMEOUT_MS = 600_000

/**
 * Opens a place and the places that are to be made equal to it. It need not be a backup: with `mirror-all` any files are
 * mirrored. A replica that cannot be opened is told of in the plan; it stops nobody.
 *
 * @throws ConfigurationError `CONFIG_*`; SdkError `STORAGE_UNKNOWN_SCHEME`; StorageError for the primary; the reason of
 * `signal`
 */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  assertKnownKeys(options, MIRROR_KEYS, 'openMirror')
  const { primary: destination, backendOptions, replicas, syncConfiguration, where } = options
  const replication = resolveReplication({ destination, backendOptions, replicas, syncConfiguration, where })
  const wanted = replication?.configuration.destinations.filter(({ isBlank }) => !isBlank) ?? []
  if (replication === undefined || wanted.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', 'openMirror: name at least one replica')
  assertAlike(wanted)
  await using resources = new AsyncDisposableStack()
  const timed = { timeoutMs: options.timeoutMs ?? TIMEOUT_MS, clock: options.clock }
  const store = await openPrimary(options, replication.configuration)
  if (options.keepOpen !== true) keep(resources, store)
  const opening = wanted.map((one) => openPlace(one, replication, options, timed, resources))
  const places = (await Promise.allSettled(opening)).map((result) => {
    if (result.status === 'rejected') throw result.reason
    return result.value
  })
  options.signal?.throwIfAborted()
  const prefix = options.prefix ?? PREFIX
  return new Mirror({
    options,
    replication,
    primary: limited(store, timed),
    places: namedPlaces(places),
    store: new SyncStore(options.catalogPath ?? defaultCatalogPath(store, prefix)),
    sourceId: destinationId(store, prefix),
    resources: resources.move()
  })
}

/** One run either writes or does not, and looks at all files or at those of the backup. */
function assertAlike(destinations: readonly SyncDestination[]): void {
  for (const [name, of] of [
    ['dry-run', ({ options }: SyncDestination) => options.dryRun],
    ['mirror-all', ({ options }: SyncDestination) => options.mirrorAll]
  ] as const)
    if (new Set(destinations.map(of)).size > 1)
      throw new ConfigurationError(
        'CONFIG_CONFLICT',
        `"${name}" must be the same for all replicas of one run; mirror them one after the other`
      )
}

async function openPrimary(
  options: MirrorOptions,
  configuration: SyncConfiguration
): Promise<StorageBackend> {
  const { primary, backends, credentials, backendOptions, clock, signal } = options
  if (typeof primary !== 'string') return primary
  const global = Object.assign({}, ...configuration.destinations.map(({ globalOptions }) => globalOptions))
  const context = {
    credentials,
    options: { ...global, ...backendOptions, ...configuration.sourceOptions }
  }
  const first = configuration.destinations[0] as SyncDestination
  return await openPatiently(() => openDestination(primary.trim(), backends, context), {
    ...patienceOf(first),
    clock,
    signal
  })
}

async function openPlace(
  destination: SyncDestination,
  replication: Replication,
  { backends, clock, keepOpen, signal }: MirrorOptions,
  timed: Parameters<typeof limited>[1],
  resources: AsyncDisposableStack
): Promise<Omit<MirroredPlace, 'name'>> {
  try {
    const opened = await openPatiently(() => openReplica(destination, replication, { ...timed, backends }), {
      ...patienceOf(destination),
      clock,
      signal
    })
    resources.use(opened)
    const given = replication.backends.get(destination.id)
    if (given !== undefined && keepOpen !== true) keep(resources, given)
    return { destination, backend: opened.backend }
  } catch (error) {
    signal?.throwIfAborted()
    if (isMistake(error)) throw error
    return { destination, backend: new UnopenedBackend(destination.displayName, error) }
  }
}

/** What is wrong with the configuration itself is told before anything is done. */
function isMistake(error: unknown): boolean {
  if (error instanceof ConfigurationError || !isTercetError(error)) return true
  return error.code === 'STORAGE_UNKNOWN_SCHEME' || error.code === 'STORAGE_INVALID_URL'
}

function patienceOf({ options }: SyncDestination) {
  return { retries: Math.max(0, options.backendRetries - 1), retryDelayMs: options.backendRetryDelay }
}

function keep(resources: AsyncDisposableStack, backend: StorageBackend): void {
  resources.defer(() => backend[Symbol.asyncDispose]())
}
