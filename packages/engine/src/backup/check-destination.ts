import type { Catalog, ListingDefect, ListingPlan, ListingReport, VolumeStore } from '@tercet/core'
import { type CallOptions, counted, isTercetError, type StorageBackend, systemClock } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { namesOf } from '../common/names-of.ts'

export interface CheckDestinationOptions extends CallOptions {
  /** Nothing may be changed, neither there nor in the catalog. */
  readonly dryRun: boolean
  /** Refuse when volumes are missing or damaged. */
  readonly strict: boolean
}

/**
 * Lists the destination before anything is written to it: clears up after an interruption, and refuses where the
 * catalog is not the destination's. The folder of a new destination is made; where there were versions, one that is
 * empty or gone is a disk that is not mounted, and neither it nor the catalog is touched.
 *
 * @throws EngineError `BACKUP_DESTINATION_EMPTY`, `BACKUP_CATALOG_OUTDATED`, `BACKUP_VOLUMES_MISSING`
 */
export async function checkDestination(
  { backend, catalog, clock = systemClock }: Pick<EngineContext, 'backend' | 'catalog' | 'clock'>,
  store: VolumeStore,
  { dryRun, strict, signal }: CheckDestinationOptions
): Promise<ListingReport | undefined> {
  const versions = catalog.filesets.versions().length
  const accept = ({ volumes, unknown }: ListingPlan): void => {
    if (versions > 0 && volumes + unknown.length === 0) throw isGone(backend, versions, undefined)
  }
  let report: ListingReport
  try {
    report = await store.verifyListing({ mode: dryRun ? 'verify-only' : 'clean', accept, dryRun, signal })
  } catch (error) {
    if (!isTercetError(error, 'STORAGE_NOT_FOUND') || !backend.capabilities.createFolder) throw error
    if (versions > 0) throw isGone(backend, versions, error)
    if (dryRun) return undefined
    await backend.createFolder('', { signal })
    report = await store.verifyListing({ mode: 'clean', signal })
  }
  assertCatalogFits(report)
  const defects = needed(catalog, report.defects)
  if (!dryRun) forgetVolumes(catalog, without(report.defects, defects))
  if (strict) assertComplete(defects)
  else if (!dryRun) rememberDamage(catalog, defects, clock.now())
  return report
}

function isGone(backend: StorageBackend, versions: number, cause: unknown): EngineError {
  const destination = backend.displayName
  const state = cause === undefined ? 'holds no volume' : 'is not there'
  return new EngineError(
    'BACKUP_DESTINATION_EMPTY',
    `${destination} ${state}, although its catalog knows ${counted(versions, 'version')}: is the disk mounted, is it the right folder? If all is lost, begin a new backup with another catalog, or bring the volumes back from a replica`,
    { cause, context: { destination, versions } }
  )
}

/** The run goes on, and must not count on the blocks of these volumes. */
function rememberDamage(catalog: Catalog, defects: readonly ListingDefect[], verifiedAt: number): void {
  const damaged = defects.filter(
    ({ code }) => code === 'DESTINATION_VOLUME_MISSING' || code === 'DESTINATION_VOLUME_DAMAGED'
  )
  catalog.ledger.recordAll(
    damaged.map(({ volume }) => ({ volumeName: volume, verifiedAt, outcome: 'damaged' }))
  )
}

/** While there is no version, nothing needs what a first run has left and the destination has lost since. */
function needed(catalog: Catalog, defects: readonly ListingDefect[]): readonly ListingDefect[] {
  if (catalog.filesets.versions().length > 0) return defects
  return defects.filter(({ code }) => code !== 'DESTINATION_VOLUME_MISSING')
}

function without(all: readonly ListingDefect[], some: readonly ListingDefect[]): readonly ListingDefect[] {
  return all.filter((defect) => !some.includes(defect))
}

/** Forgets the volumes; a dindex that then describes nothing that exists is marked to be deleted. */
function forgetVolumes(catalog: Catalog, lost: readonly ListingDefect[]): void {
  const { volumes } = catalog
  const forget = (id: number) => {
    const indexes = volumes.indexesOf(id)
    volumes.forget(id)
    const useless = indexes.filter((index) => volumes.describedBy(index).length === 0)
    volumes.setState(useless, 'deleting')
  }
  catalog.transaction(() => {
    for (const { volume } of lost) {
      const id = volumes.byName(volume)?.id
      if (id !== undefined) forget(id)
    }
  })
}

/** An interrupted run left something that only a listing can settle. */
export function wasInterrupted(catalog: Catalog): boolean {
  if (catalog.filesets.building() !== undefined) return true
  for (const _volume of catalog.volumes.all({ states: ['temporary', 'uploading'] })) return true
  return false
}

function assertCatalogFits({ defects }: ListingReport): void {
  const unknown = defects.filter(
    ({ code }) => code === 'DESTINATION_UNKNOWN_VOLUMES' || code === 'DESTINATION_CHANGED_ELSEWHERE'
  )
  if (unknown.length === 0) return
  throw new EngineError(
    'BACKUP_CATALOG_OUTDATED',
    `The destination holds ${counted(unknown.length, 'volume')} that the catalog does not know (${namesOf(unknown.map(({ volume }) => volume))}): it was written with another catalog. Repair reads them into this one; then back up again`,
    { context: { volumes: unknown.length, first: unknown[0]!.volume } }
  )
}

function assertComplete(defects: readonly ListingDefect[]): void {
  if (defects.length === 0) return
  throw new EngineError(
    'BACKUP_VOLUMES_MISSING',
    `Missing at the destination, or damaged: ${counted(defects.length, 'volume')} (${namesOf(defects.map(({ volume }) => volume))}). Verify tells which versions need them; bring them back from a replica, repair, or back up without checking the listing, which stores anew what can be read`,
    { context: { volumes: defects.length, first: defects[0]!.volume, reason: defects[0]!.code } }
  )
}
