import type { CatalogReader } from '@tercet/core'
import { type RecreateResult, recreateCatalog } from '@tercet/engine'
import { counted } from '@tercet/interface'
import { isCatalogComplete, volumesToTakeIn } from './catalog/catalog-fit.ts'
import type { CatalogCalls, CatalogHolder } from './catalog/catalog-holder.ts'
import type { CatalogPlace } from './catalog/open-fitting-catalog.ts'
import { assertFound } from './destination/assert-found.ts'
import { SdkError } from './sdk-error.ts'

/** What a repair would do. Plain data. */
export interface RepairPlan {
  /** The catalog is missing, was made in part only, lacks something, or is as it should be. */
  readonly catalog: 'missing' | 'unfinished' | 'outdated' | 'current'
  /** Lists and indexes that would be fetched and taken in; volumes of blocks only where indexes turn out to be damaged. */
  readonly volumesToFetch: readonly string[]
  readonly bytesToFetch: number
  /** Volumes that the catalog knows and the destination has lost, or has with another size. Nothing mends these yet. */
  readonly missingVolumes: readonly string[]
}

export type RepairResult = RecreateResult

/** Says what is to be done, from the listing and the catalog alone. */
export function planRepair(
  { backend, survey, options }: CatalogPlace,
  catalog: CatalogReader | undefined
): RepairPlan {
  assertFound(backend, survey, options.prefix)
  const { names, bytes } = volumesToTakeIn(survey, catalog)
  return {
    catalog: stateOf(catalog, names.length),
    volumesToFetch: names,
    bytesToFetch: bytes,
    missingVolumes: catalog === undefined ? [] : missingVolumes(catalog, survey.volumes)
  }
}

/** Makes or completes the catalog; refuses afterwards what this version cannot mend. */
export async function repair(
  place: CatalogPlace,
  catalogs: CatalogHolder,
  calls: CatalogCalls
): Promise<RepairResult> {
  assertFound(place.backend, place.survey, place.options.prefix)
  const context = await catalogs.forRepair(calls)
  const { signal, onEvent } = calls
  const result = await recreateCatalog(context, { prefix: place.options.prefix, signal, onEvent })
  const missing = missingVolumes(context.catalog, place.survey.volumes)
  if (missing.length === 0) return result
  throw new SdkError(
    'REPAIR_UNSUPPORTED',
    `The catalog is whole. Missing at the destination, or of another size: ${counted(missing.length, 'volume')}, such as ${missing[0]}; this version cannot make them anew`,
    { context: { missing: missing.length, example: missing[0] ?? '' } }
  )
}

function stateOf(catalog: CatalogReader | undefined, lacking: number): RepairPlan['catalog'] {
  if (catalog === undefined) return 'missing'
  if (!isCatalogComplete(catalog)) return 'unfinished'
  return lacking > 0 ? 'outdated' : 'current'
}

function missingVolumes(catalog: CatalogReader, listed: ReadonlyMap<string, number | undefined>): string[] {
  const missing: string[] = []
  for (const { name, size } of catalog.volumes.all({ states: ['uploaded', 'verified'] }))
    if (!listed.has(name) || (listed.get(name) ?? size) !== (size ?? listed.get(name))) missing.push(name)
  return missing
}
