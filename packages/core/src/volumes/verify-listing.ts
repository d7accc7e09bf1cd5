import {
  abortable,
  type CallOptions,
  isTercetError,
  type StorageEntry,
  untilAborted
} from '@tercet/interface'
import type { CatalogVolume } from '../catalog/volume-table.ts'
import { checkContent } from './check-content.ts'
import { type DeleteReport, deleteProven } from './delete-volumes.ts'
import { damagedVolume, foreignVersion, type ListingDefect } from './listing-defect.ts'
import {
  type ContentCheck,
  type ListingMode,
  type ListingPlan,
  type ReconcileOptions,
  reconcileListing
} from './reconcile-listing.ts'
import type { ResolvedStoreOptions } from './store-options.ts'

export interface VerifyListingOptions extends CallOptions {
  readonly mode: ListingMode
  /** Unfinished volumes that are left as they are, by id. */
  readonly protect?: ReadonlySet<number> | undefined
  /** Called before anything is entered or deleted; what it throws ends the verification, and all is as it was. */
  readonly accept?: ((plan: ListingPlan) => void) | undefined
  /** Only say what would be done. */
  readonly dryRun?: boolean | undefined
}

/** What the comparison found and what was done about it. */
export interface ListingReport extends DeleteReport {
  readonly plan: ListingPlan
  /** Everything that keeps the destination from being what the catalog says. */
  readonly defects: readonly ListingDefect[]
  /** Interrupted uploads that came to nothing; the blocks in them are not known any more. */
  readonly abandoned: readonly CatalogVolume[]
}

/** A store that may lag is asked again for so many volumes that it does not list. */
const MAX_SECOND_LOOKS = 256

/**
 * Lists the destination, compares it with the catalog, looks into volumes whose size is wrong, and brings the catalog up
 * to date (behaviour section 11). What it deletes is what the catalog itself has put there and given up.
 *
 * @throws StorageError, CoreError; `signal.reason`. The catalog then holds what was established before
 */
export async function verifyListing(
  options: ResolvedStoreOptions,
  { mode, protect, accept, dryRun, signal }: VerifyListingOptions
): Promise<ListingReport> {
  const uncommitted = options.catalog.volumes.uncommittedList()?.id
  const plan = await planListing(options, { mode, protect, uncommitted, signal })
  accept?.(plan)
  if (dryRun === true) {
    const defects = [...plan.defects, ...plan.checks.map(sizeDefect)]
    return { plan, defects, abandoned: plan.abandoned, deleted: [], notDeleted: [] }
  }
  apply(options, plan)
  const checked =
    mode === 'verify-only' ? unchecked(plan.checks) : await check(options, plan, uncommitted, signal)
  const report = await deleteProven(options, [...plan.deletions, ...checked.abandoned], { signal })
  return {
    plan,
    ...report,
    defects: [...plan.defects, ...checked.defects],
    abandoned: [...plan.abandoned, ...checked.abandoned]
  }
}

async function planListing(
  options: ResolvedStoreOptions,
  looking: Pick<ReconcileOptions, 'mode' | 'protect' | 'uncommitted'> & CallOptions
): Promise<ListingPlan> {
  const { backend, catalog, prefix, caseInsensitive, clock } = options
  const { signal, ...how } = looking
  const listed: StorageEntry[] = []
  for await (const entry of abortable(backend.list({ signal }), signal)) listed.push(entry)
  const known = [...catalog.volumes.all()]
  const reconcile = () =>
    reconcileListing(known, listed, {
      ...how,
      prefix,
      caseInsensitive,
      now: clock.now(),
      sizeProves: backend.capabilities.atomicPut,
      describedBy: (id) => catalog.volumes.describedBy(id)
    })
  const plan = reconcile()
  if (backend.capabilities.listing === 'immediate') return plan
  const missing = plan.defects.filter(({ code }) => code === 'DESTINATION_VOLUME_MISSING')
  if (missing.length === 0 || missing.length > MAX_SECOND_LOOKS) return plan
  for (const { volume } of missing) {
    try {
      listed.push(await untilAborted(backend.stat(volume, { signal }), signal))
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
    }
  }
  return reconcile()
}

/** Enters what the listing has established. */
function apply({ catalog }: ResolvedStoreOptions, plan: ListingPlan): void {
  const { volumes } = catalog
  const ids = (list: readonly CatalogVolume[]) => list.map(({ id }) => id)
  catalog.transaction(() => {
    if (plan.seen.length > 0) volumes.setState(ids(plan.seen), 'verified')
    if (plan.completed.length > 0) volumes.setState(ids(plan.completed), 'uploaded')
    for (const { id } of plan.abandoned) volumes.forgetContent(id)
    if (plan.abandoned.length > 0) volumes.setState(ids(plan.abandoned), 'deleting')
    if (plan.gone.length > 0) volumes.setState(ids(plan.gone), 'deleted')
    for (const { id } of plan.expired) volumes.forget(id)
    for (const { id } of plan.archived) volumes.update(id, { archived: true })
    for (const { id } of plan.unarchived) volumes.update(id, { archived: false })
  })
}

interface Checked {
  readonly defects: ListingDefect[]
  readonly abandoned: CatalogVolume[]
}

function unchecked(checks: readonly ContentCheck[]): Checked {
  return { defects: checks.map(sizeDefect), abandoned: [] }
}

async function check(
  options: ResolvedStoreOptions,
  plan: ListingPlan,
  uncommitted: number | undefined,
  signal: AbortSignal | undefined
): Promise<Checked> {
  const { volumes } = options.catalog
  const found: Checked = { defects: [], abandoned: [] }
  const abandon = (volume: CatalogVolume): void => {
    options.catalog.transaction(() => {
      volumes.forgetContent(volume.id)
      volumes.setState([volume.id], 'deleting')
    })
    found.abandoned.push(volume)
  }
  for (const { volume } of plan.checks) {
    const isUncommitted = volume.id === uncommitted
    const looked: CatalogVolume = isUncommitted ? { ...volume, state: 'uploading' } : volume
    const verdict = await checkContent(options, looked, { signal })
    if (isUncommitted && (verdict.good || verdict.foreign !== true)) abandon(volume)
    else if (verdict.good) {
      const { sizeBytes: size, hash } = verdict
      volumes.update(volume.id, { size, hash, state: volume.state === 'uploading' ? 'uploaded' : 'verified' })
    } else if (verdict.foreign === true) {
      found.defects.push(foreignVersion(volume))
      if (plan.mode === 'clean') volumes.forget(volume.id)
    } else if (volume.state === 'uploading' && plan.mode === 'clean') abandon(volume)
    else {
      found.defects.push(damagedVolume(volume, verdict.reason))
    }
  }
  return found
}

function sizeDefect({ volume, listedSizeBytes }: ContentCheck): ListingDefect {
  return damagedVolume(
    volume,
    `it has ${listedSizeBytes ?? 'an unknown number of'} bytes instead of ${volume.size}`
  )
}
