import type { CatalogReader, CatalogVolume } from '@tercet/core'
import { type CallOptions, isTercetError, type StorageBackend } from '@tercet/interface'
import { verificationFileName } from '@tercet/volume-format'
import { lostVolumes } from '../browse/list-broken-files.ts'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { listDestination } from '../common/volume-fetcher.ts'
import { findLiveBlocks, type LiveBlocks } from '../compact/live-blocks.ts'
import { type RecordedVolume, recordedVolumes } from './recorded-volumes.ts'
import { type PlanRepairOptions, resolveRepairOptions } from './repair-options.ts'
import type { DestinationRepair, RepairAction, RepairReason } from './repair-plan.ts'

type Listing = ReadonlyMap<string, number | undefined>
type Recorded = ReadonlyMap<string, RecordedVolume>

/** What `planDestinationRepair` does. */
export async function makeRepairPlan(
  context: ReadingContext,
  options: PlanRepairOptions = {}
): Promise<DestinationRepair> {
  const { replica } = resolveRepairOptions(options)
  options.signal?.throwIfAborted()
  assertCatalogComplete(context.catalog)
  requireStoredSettings(context.catalog)
  return (await surveyPlaces(context, replica, options)).plan
}

/** What is to be mended, and what the verification file says of volumes whose bytes the catalog does not know. */
export async function surveyPlaces(
  { backend, catalog }: ReadingContext,
  replica: StorageBackend | undefined,
  { signal }: CallOptions
): Promise<{ readonly plan: DestinationRepair; readonly recorded: Recorded }> {
  const settings = requireStoredSettings(catalog)
  const listing = await listDestination(backend, { signal })
  const copies = await listReplica(replica, { signal })
  const isHelpful =
    replica !== undefined && lostVolumes(catalog, listing).some(({ name }) => isUnproven(catalog, name))
  const recorded = new Map<string, RecordedVolume>()
  const places = isHelpful
    ? [
        { place: replica, files: copies },
        { place: backend, files: listing }
      ]
    : []
  for (const { place, files } of places)
    if (files.has(verificationFileName(settings.prefix)))
      for (const [name, volume] of await recordedVolumes(place, settings, { signal }))
        recorded.set(name, volume)
  return { plan: surveyRepair(catalog, listing, copies, recorded), recorded }
}

function isUnproven(catalog: CatalogReader, name: string): boolean {
  return catalog.volumes.byName(name)?.hash === undefined
}

/** What the replica has; nothing where there is none. */
export async function listReplica(
  replica: StorageBackend | undefined,
  options: { readonly signal?: AbortSignal | undefined }
): Promise<Listing> {
  return replica === undefined ? new Map() : await listDestination(replica, options)
}

/** The same from listings that are there. */
function surveyRepair(
  catalog: CatalogReader,
  listing: Listing,
  copies: Listing,
  recorded: Recorded
): DestinationRepair {
  const lost = lostVolumes(catalog, listing).map(({ name, reason }) => ({
    volume: catalog.volumes.byName(name)!,
    reason
  }))
  const needs = new BlockNeeds(
    catalog,
    lost.map(({ volume }) => volume)
  )
  const actions = [
    ...lost.map(({ volume, reason }) => actionFor(catalog, proven(volume, recorded), reason, copies, needs)),
    ...indexActions(catalog, new Set(lost.map(({ volume }) => volume.id)))
  ]
  const states = ['temporary', 'uploading', 'deleting'] as const
  return {
    actions,
    endsBackup: catalog.filesets.building() !== undefined,
    openVolumes: [...catalog.volumes.all({ states })].filter(
      ({ state, name }) => state === 'uploading' || listing.has(name)
    ).length
  }
}

/** A volume with the size and the hash that somebody wrote down, where the catalog has none. */
export function proven(volume: CatalogVolume, recorded: Recorded): CatalogVolume {
  const record = volume.hash === undefined ? recorded.get(volume.name) : undefined
  return record === undefined ? volume : { ...volume, size: record.sizeBytes, hash: record.hash }
}

/** Which blocks of lost volumes are needed and in no other volume. */
export class BlockNeeds {
  readonly #catalog: CatalogReader
  readonly #live: LiveBlocks | undefined

  constructor(catalog: CatalogReader, lost: readonly CatalogVolume[]) {
    this.#catalog = catalog
    const dblocks = lost.filter(({ type }) => type === 'dblock')
    const ids = new Set(dblocks.map(({ id }) => id))
    this.#live = ids.size === 0 ? undefined : liveBlocks(catalog, ids)
  }

  /** Calls back for each of them in one volume. */
  visit(volumeId: number, see: (hashes: Uint8Array, offset: number, sizeBytes: number) => void): void {
    for (const { first, count, hashes, sizes } of this.#catalog.blocks.ofVolume(volumeId)) {
      const width = hashes.length / count
      for (let i = 0; i < count; i++)
        if (this.#live?.has(first + i)) see(hashes, i * width, sizes[i] as number)
    }
  }
}

/** Where a list of blocks is lost, nobody knows what is not needed. */
function liveBlocks(catalog: CatalogReader, lost: ReadonlySet<number>): LiveBlocks {
  try {
    return findLiveBlocks(catalog, requireStoredSettings(catalog), lost)
  } catch (error) {
    if (!isTercetError(error, 'COMPACT_LIVENESS_UNKNOWN')) throw error
    return { has: () => true }
  }
}

function actionFor(
  catalog: CatalogReader,
  { id, name, type, size, hash }: CatalogVolume,
  reason: RepairReason,
  copies: Listing,
  needs: BlockNeeds
): RepairAction {
  let neededBlocks = 0
  let neededBytes = 0
  needs.visit(id, (_hashes, _offset, sizeBytes) => {
    neededBlocks += 1
    neededBytes += sizeBytes
  })
  const copySize = copies.get(name)
  // Only bytes that can be proven are taken over as they are.
  const hasCopy = hash !== undefined && copies.has(name) && (copySize === undefined || copySize === size)
  const isUseless =
    (type === 'dblock' && neededBlocks === 0) ||
    (type === 'dindex' && catalog.volumes.describedBy(id).length === 0)
  const means = hasCopy ? 'copy' : isUseless ? 'drop' : 'rebuild'
  return { volume: name, type, reason, means, neededBlocks, neededBytes }
}

/** Indexes that are of no use, and volumes that lack one, where the destination has any. */
function indexActions(catalog: CatalogReader, lost: ReadonlySet<number>): RepairAction[] {
  const { volumes } = catalog
  const none = { neededBlocks: 0, neededBytes: 0 }
  const actions: RepairAction[] = []
  let isIndexed = false
  for (const { id, name, processed } of volumes.all({ type: 'dindex', states: ['uploaded', 'verified'] })) {
    isIndexed = true
    if (lost.has(id)) continue
    if (!processed)
      actions.push({ volume: name, type: 'dindex', reason: 'unreadable', means: 'drop', ...none })
    else if (volumes.describedBy(id).length === 0)
      actions.push({ volume: name, type: 'dindex', reason: 'empty', means: 'drop', ...none })
  }
  if (!isIndexed) return actions
  for (const { id, name, hash, state } of volumes.withoutIndex())
    if (!lost.has(id) && hash !== undefined && state !== 'uploading')
      actions.push({ volume: name, type: 'dblock', reason: 'unindexed', means: 'rebuild', ...none })
  return actions
}
