/** Lists the primary and all replicas at the same time. */
import { isTercetError } from '@tercet/interface'
import { Endpoint } from '../endpoint/endpoint.ts'
import { readListing } from '../listing/read-listing.ts'
import type { SortedListing } from '../listing/sorted-listing.ts'
import type { ResolvedPlanOptions, ResolvedReplica } from '../resolve-options.ts'
import type { Refusal } from './sync-plan.ts'

/** Calls that a plan makes at one place at once. */
const PLANNING_LIMITS = { download: 4, upload: 1, delete: 1, other: 8 }

export interface ListedReplica {
  readonly replica: ResolvedReplica
  readonly endpoint: Endpoint
  readonly listing: SortedListing | undefined
  /** Its folder is missing and will be made. */
  readonly isNew: boolean
  readonly refusal: Refusal | undefined
}

export interface ListedPlaces extends Disposable {
  readonly primary: Endpoint
  readonly listing: SortedListing
  readonly replicas: readonly ListedReplica[]
}

/**
 * @throws SyncError `SYNC_LISTING_FAILED` for the primary, `SYNC_SPOOL_FAILED`
 * @throws StorageError `STORAGE_NOT_FOUND` when the primary is missing
 */
export async function listPlaces(options: ResolvedPlanOptions): Promise<ListedPlaces> {
  const { signal, onEvent, temporaryFolder, mirrorAll } = options
  const primary = planningEndpoint(
    'primary',
    options.primary,
    options.replicas[0] as ResolvedReplica,
    options
  )
  const endpoints = options.replicas.map((replica) =>
    planningEndpoint(replica.id, replica.backend, replica, options)
  )
  const listingOptions = { recursive: mirrorAll, temporaryFolder, signal, onEvent }
  const [first, ...others] = (await Promise.allSettled(
    [primary, ...endpoints].map((place) => readListing(place, listingOptions))
  )) as [PromiseSettledResult<SortedListing>, ...PromiseSettledResult<SortedListing>[]]
  using found = new DisposableStack()
  for (const result of [first, ...others]) if (result.status === 'fulfilled') found.use(result.value)
  signal?.throwIfAborted()
  if (first.status === 'rejected') throw first.reason
  const replicas = options.replicas.map((replica, position) =>
    listedReplica(
      replica,
      endpoints[position] as Endpoint,
      others[position] as PromiseSettledResult<SortedListing>
    )
  )
  const kept = found.move()
  return { primary, listing: first.value, replicas, [Symbol.dispose]: () => kept.dispose() }
}

function planningEndpoint(
  name: string,
  backend: ResolvedReplica['backend'],
  { settings }: ResolvedReplica,
  { clock, random, onEvent }: ResolvedPlanOptions
): Endpoint {
  return new Endpoint({
    backend,
    name,
    attempts: settings.backendRetries,
    delayMs: settings.backendRetryDelayMs,
    exponential: settings.backendRetryWithExponentialBackoff,
    clock,
    random,
    limits: PLANNING_LIMITS,
    onEvent
  })
}

function listedReplica(
  replica: ResolvedReplica,
  endpoint: Endpoint,
  result: PromiseSettledResult<SortedListing>
): ListedReplica {
  if (result.status === 'fulfilled') {
    return { replica, endpoint, listing: result.value, isNew: false, refusal: undefined }
  }
  const isMissing = isTercetError(result.reason, 'STORAGE_NOT_FOUND')
  if (isMissing && replica.settings.autoCreateFolders && replica.backend.capabilities.createFolder) {
    return { replica, endpoint, listing: undefined, isNew: true, refusal: undefined }
  }
  const why = result.reason instanceof Error ? result.reason.message : String(result.reason)
  const message = isMissing
    ? `The folder of the replica "${replica.id}" is missing; make it, or allow to make folders`
    : `The replica "${replica.id}": ${why}`
  const refusal: Refusal = { code: 'SYNC_LISTING_FAILED', message, ...causeCodeOf(result.reason) }
  return { replica, endpoint, listing: undefined, isNew: false, refusal }
}

/** Of what is behind the failure of a listing. */
function causeCodeOf(error: unknown): { causeCode?: string } {
  if (!isTercetError(error)) return {}
  return { causeCode: isTercetError(error.cause) ? error.cause.code : error.code }
}
