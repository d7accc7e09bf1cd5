import type { CatalogReader } from '@tercet/core'
import {
  type DestinationRepair,
  type DestinationRepairResult,
  planDestinationRepair,
  type RecreateResult,
  recreateCatalog,
  repairDestination,
  resolveRepairOptions
} from '@tercet/engine'
import type { StorageBackend } from '@tercet/interface'
import { isCatalogComplete, volumesToTakeIn } from './catalog/catalog-fit.ts'
import type { CatalogCalls, CatalogHolder } from './catalog/catalog-holder.ts'
import { type CatalogPlace, contextOf } from './catalog/open-fitting-catalog.ts'
import { assertFound } from './destination/assert-found.ts'
import { openDestination } from './destination/open-destination.ts'
import type { DestinationSurvey } from './destination/survey-destination.ts'
import type { PlanRepairOptions, RepairOptions } from './operation-options.ts'
import { worst } from './outcomes.ts'
import { limited } from './replication/open-replica.ts'

/** What a repair would do. Plain data. */
export interface RepairPlan {
  /** The catalog is missing, was made in part only, lacks something, or is as it should be. */
  readonly catalog: 'missing' | 'unfinished' | 'outdated' | 'current'
  /** Lists and indexes that would be fetched and taken in; volumes of blocks only where indexes turn out to be damaged. */
  readonly volumesToFetch: readonly string[]
  readonly bytesToFetch: number
  /** What is to be mended at the destination; undefined while the catalog, which tells that, is not as it should be. */
  readonly destination: DestinationRepair | undefined
}

/** What was done to the catalog, and to the destination. */
export interface RepairResult extends RecreateResult {
  /** Undefined: the plan was made for the catalog alone. */
  readonly destination: DestinationRepairResult | undefined
}

/** Says what is to be done, from listings and the catalog alone. */
export async function planRepair(
  place: CatalogPlace,
  catalog: CatalogReader | undefined,
  options: PlanRepairOptions
): Promise<RepairPlan> {
  const { backend, survey, options: open } = place
  assertFound(backend, survey, open.prefix)
  const { names, bytes } = volumesToTakeIn(survey, catalog)
  const state = stateOf(catalog, survey)
  const plan = { catalog: state, volumesToFetch: names, bytesToFetch: bytes }
  if (catalog === undefined || state !== 'current') return { ...plan, destination: undefined }
  const { signal, localBlocks } = options
  await using replica = await openReplicaOf(place, options)
  const context = contextOf(place, catalog, undefined)
  const how = { replica: replica.backend, localBlocks, signal }
  return { ...plan, destination: await planDestinationRepair(context, how) }
}

/** Makes or completes the catalog, then mends the destination. Without a plan it is made in between. */
export async function repair(
  place: CatalogPlace,
  catalogs: CatalogHolder,
  plan: RepairPlan | undefined,
  options: RepairOptions & CatalogCalls
): Promise<RepairResult> {
  const { prefix } = place.options
  assertFound(place.backend, place.survey, prefix)
  const { signal, onEvent, onIssue, localBlocks, volumeSizeBytes } = options
  resolveRepairOptions({ localBlocks, volumeSizeBytes })
  const context = await catalogs.forRepair(options)
  const isCurrent = stateOf(context.catalog, place.survey) === 'current'
  const catalog = isCurrent
    ? NOTHING_TAKEN_IN
    : await recreateCatalog(context, { prefix, signal, onEvent, onIssue })
  if (plan !== undefined && plan.destination === undefined) return { ...catalog, destination: undefined }
  await using replica = await openReplicaOf(place, options)
  const how = { replica: replica.backend, localBlocks, signal }
  const chosen = plan?.destination ?? (await planDestinationRepair(context, how))
  const destination = await repairDestination(context, chosen, { ...how, volumeSizeBytes, onEvent, onIssue })
  // What the catalog lacked for a damaged volume may have been brought back since.
  const isWhole = destination.outcome !== 'error' && destination.mended.length > 0
  const outcome = isWhole ? destination.outcome : worst(catalog.outcome, destination.outcome)
  return { ...catalog, outcome, destination }
}

/** A place that is given by its URL is closed again. */
async function openReplicaOf(
  { options }: CatalogPlace,
  { replica }: PlanRepairOptions
): Promise<AsyncDisposable & { readonly backend: StorageBackend | undefined }> {
  if (typeof replica !== 'string') return { backend: replica, async [Symbol.asyncDispose]() {} }
  const store = await openDestination(replica, options.backends)
  return {
    backend: limited(store, options),
    async [Symbol.asyncDispose]() {
      await store[Symbol.asyncDispose]()
    }
  }
}

/** Blocks of a volume that the catalog does not know may be those that another one has lost (W18). */
function stateOf(catalog: CatalogReader | undefined, survey: DestinationSurvey): RepairPlan['catalog'] {
  if (catalog === undefined) return 'missing'
  if (!isCatalogComplete(catalog)) return 'unfinished'
  if (volumesToTakeIn(survey, catalog).names.length > 0) return 'outdated'
  for (const name of survey.volumes.keys()) if (catalog.volumes.byName(name) === undefined) return 'outdated'
  return 'current'
}

const NOTHING_TAKEN_IN: RecreateResult = {
  outcome: 'success',
  versions: 0,
  fetchedVolumes: 0,
  fetchedBytes: 0,
  fetchedDblocks: 0,
  missingBlocks: 0,
  missingBlocklists: 0,
  issues: []
}
