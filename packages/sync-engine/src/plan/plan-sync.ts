import { isTercetError } from '@tercet/interface'
import { verificationFileName } from '@tercet/volume-format'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { comparePutOrder, type FileClass } from '../file-class.ts'
import type { SortedListing } from '../listing/sorted-listing.ts'
import { type ReplicaMarker, readMarker } from '../marker.ts'
import { type ResolvedPlanOptions, resolvePlanOptions } from '../resolve-options.ts'
import type { PlanSyncOptions, RecordedFile } from '../sync-options.ts'
import { type ComparedPlaces, comparePlaces } from './compare-places.ts'
import { findPrefix } from './find-prefix.ts'
import { findRefusal } from './guards.ts'
import { type ListedReplica, listPlaces } from './list-places.ts'
import { rememberPlan } from './plan-registry.ts'
import { planReplica, refused } from './plan-replica.ts'
import { readVerificationFile } from './recorded-files.ts'
import type { PlannedRead, Refusal, ReplicaPlan, SyncPlan } from './sync-plan.ts'
import { type Verification, verifyContents } from './verify-contents.ts'

/**
 * Finds out what it takes to make each replica hold what the primary holds, and changes nothing. Lists each place once,
 * all at the same time; reads content only where `verifyContents` asks for it. Listings may be of any length: they are
 * sorted in temporary files.
 *
 * A replica that cannot be listed or that a guard protects gets a `refusal` in its plan; the others are planned
 * nevertheless.
 *
 * @throws SyncError `SYNC_LISTING_FAILED`, `SYNC_NO_PREFIX`, `SYNC_DUPLICATE_NAME` for the primary, `SYNC_SAME_PLACE`,
 * `SYNC_SPOOL_FAILED`
 * @throws StorageError `STORAGE_NOT_FOUND` when the primary is missing: it is never made
 * @throws ConfigurationError for options that cannot be understood
 */
export async function planSync(options: PlanSyncOptions): Promise<SyncPlan> {
  return await makePlan(resolvePlanOptions(options))
}

/** @internal */
export async function makePlan(options: ResolvedPlanOptions): Promise<SyncPlan> {
  using places = await listPlaces(options)
  return await planListed(places.listing, places.primary, places.replicas, options)
}

async function planListed(
  listing: SortedListing,
  primary: Endpoint,
  replicas: readonly ListedReplica[],
  options: ResolvedPlanOptions
): Promise<SyncPlan> {
  const prefix = options.prefix ?? findAnyPrefix(listing, replicas, options)
  const { compared, refusals } = compareListed(listing, replicas, prefix, options)
  const unlisted =
    compared.primary.expectedSeen === (options.expected?.size ?? 0) ? [] : findUnlisted(listing, options)
  const markers = await Promise.all(
    replicas.map((place, position) => markerOf(place, compared, position, options))
  )
  for (const [position, { replica, refusal }] of replicas.entries()) {
    refusals[position] ??=
      refusal ??
      markers[position]?.refusal ??
      findRefusal({
        primary: compared.primary,
        primaryName: options.primary.displayName,
        replica,
        compared: compared.replicas[position] as ComparedPlaces['replicas'][0],
        unlisted,
        marker: markers[position]?.marker,
        sourceId: options.sourceId
      })
  }
  const open = replicas.filter((_, position) => refusals[position] === undefined)
  const recorded = await findRecorded(primary, compared, prefix, options)
  const verifications = await verifyOpen(primary, open, replicas, compared, recorded, options)
  const plans: Record<string, ReplicaPlan> = Object.create(null)
  for (const [position, { replica, endpoint, isNew }] of replicas.entries()) {
    const refusal = refusals[position]
    const found = compared.replicas[position] as ComparedPlaces['replicas'][0]
    plans[replica.id] =
      refusal !== undefined
        ? refused(replica, refusal)
        : await planReplica({
            replica,
            endpoint,
            compared: found,
            isNew,
            verification: verifications.get(replica.id),
            primary: compared.primary,
            options
          })
  }
  const plan = assemble(listing, prefix, compared, plans, options)
  rememberPlan(plan, { options, primary: options.primary, prefix, recorded })
  return plan
}

function findAnyPrefix(
  listing: SortedListing,
  replicas: readonly ListedReplica[],
  options: ResolvedPlanOptions
): string | undefined {
  if (options.mirrorAll) return undefined
  const ofPrimary = findPrefix(listing, options.primary.displayName)
  if (ofPrimary !== undefined) return ofPrimary
  // Without a volume at the primary there is nothing to copy; the guards still have to see what would go.
  for (const { listing: found, replica } of replicas) {
    const prefix = found === undefined ? undefined : findPrefix(found, replica.backend.displayName)
    if (prefix !== undefined) return prefix
  }
  return undefined
}

/** A name listed twice at a replica is its own affair, one at the primary that of all. */
function compareListed(
  listing: SortedListing,
  replicas: readonly ListedReplica[],
  prefix: string | undefined,
  options: ResolvedPlanOptions
): { compared: ComparedPlaces; refusals: (Refusal | undefined)[] } {
  listing.digest()
  const refusals = replicas.map((place): Refusal | undefined => {
    try {
      place.listing?.digest()
      return undefined
    } catch (error) {
      if (!isTercetError(error, 'SYNC_DUPLICATE_NAME')) throw error
      return { code: 'SYNC_DUPLICATE_NAME', message: error.message }
    }
  })
  const compared = comparePlaces(
    listing,
    replicas.map((place, position) => (refusals[position] === undefined ? place.listing : undefined)),
    {
      scope: { prefix, mirrorAll: options.mirrorAll },
      verificationName: prefix === undefined ? undefined : verificationFileName(prefix),
      replicas: options.replicas,
      expected: options.expected,
      random: options.random
    }
  )
  return { compared, refusals }
}

function findUnlisted(listing: SortedListing, { expected }: ResolvedPlanOptions): string[] {
  const unlisted = new Set(expected?.keys())
  for (const { path } of listing.entries()) unlisted.delete(path)
  return [...unlisted]
}

async function markerOf(
  { replica, endpoint }: ListedReplica,
  compared: ComparedPlaces,
  position: number,
  { signal, sourceId }: ResolvedPlanOptions
): Promise<{ marker?: ReplicaMarker | undefined; refusal?: Refusal | undefined }> {
  const isKnown = replica.settings.marker !== undefined || sourceId !== undefined
  if (!compared.replicas[position]?.hasMarker || !isKnown) return {}
  try {
    return {
      marker: await endpoint.run('download', { method: 'get', signal }, () =>
        readMarker(replica.backend, { signal })
      )
    }
  } catch (error) {
    signal?.throwIfAborted()
    if (replica.settings.adoptDestination) return {}
    const message = error instanceof Error ? error.message : String(error)
    return {
      refusal: { code: 'SYNC_GUARD_OTHER_BACKUP', message: `The replica "${replica.id}": ${message}` }
    }
  }
}

/** Hashes are looked for only where something is to be copied or compared. */
async function findRecorded(
  primary: Endpoint,
  compared: ComparedPlaces,
  prefix: string | undefined,
  { expected, signal }: ResolvedPlanOptions
): Promise<ReadonlyMap<string, RecordedFile>> {
  const isNeeded = compared.replicas.some(({ puts, equal }) => puts.length > 0 || equal.length > 0)
  if (!compared.primary.hasVerificationFile || prefix === undefined || !isNeeded) return expected ?? new Map()
  const recorded = new Map(await readVerificationFile(primary, prefix, signal))
  for (const [path, file] of expected ?? []) recorded.set(path, file)
  return recorded
}

async function verifyOpen(
  primary: Endpoint,
  open: readonly ListedReplica[],
  replicas: readonly ListedReplica[],
  compared: ComparedPlaces,
  recorded: ReadonlyMap<string, RecordedFile>,
  { clock, signal, onEvent }: ResolvedPlanOptions
): Promise<ReadonlyMap<string, Verification>> {
  const places = open
    .map((place) => ({
      replica: place.replica,
      endpoint: place.endpoint,
      compared: compared.replicas[replicas.indexOf(place)] as ComparedPlaces['replicas'][0]
    }))
    .filter((place) => place.compared.equal.length > 0)
  const results = await verifyContents({ primary, places, recorded, now: clock.now(), signal, onEvent })
  return new Map(places.map(({ replica }, position) => [replica.id, results[position] as Verification]))
}

function assemble(
  listing: SortedListing,
  prefix: string | undefined,
  compared: ComparedPlaces,
  replicas: Record<string, ReplicaPlan>,
  options: ResolvedPlanOptions
): SyncPlan {
  const reads = new Map<string, PlannedRead & { readonly replicas: string[] }>()
  for (const { id, puts } of Object.values(replicas)) {
    for (const { path, sizeBytes, class: fileClass } of puts) {
      const read = reads.get(path) ?? { path, sizeBytes, class: fileClass as FileClass, replicas: [] }
      read.replicas.push(id)
      reads.set(path, read)
    }
  }
  const sorted = [...reads.values()].sort(comparePutOrder)
  return {
    primary: {
      displayName: options.primary.displayName,
      prefix,
      files: compared.primary.files,
      bytes: compared.primary.bytes,
      digest: listing.digest()
    },
    plannedAt: new Date(options.clock.now()),
    reads: sorted,
    readBytes: sorted.reduce((bytes, { sizeBytes }) => bytes + (sizeBytes ?? 0), 0),
    replicas
  }
}
