import { existsSync } from 'node:fs'
import {
  type Catalog,
  type CatalogReader,
  makeCatalogFolder,
  openCatalog,
  openCatalogReader
} from '@tercet/core'
import { type EngineContext, type IssueOptions, type ReadingContext, recreateCatalog } from '@tercet/engine'
import { type CallOptions, type Secret, type StorageBackend, systemClock } from '@tercet/interface'
import type { BackupEventListener } from '../backup-event.ts'
import type { DestinationSurvey } from '../destination/survey-destination.ts'
import type { ResolvedOpenOptions } from '../open-options.ts'
import { encryptionFrom } from '../settings/encryption-settings.ts'
import { assertCatalogFits, isCatalogComplete, lacksVersions, volumesToTakeIn } from './catalog-fit.ts'

/** What a catalog is opened for. */
export interface CatalogPlace {
  readonly backend: StorageBackend
  readonly survey: DestinationSurvey
  readonly options: ResolvedOpenOptions
}

/**
 * Opens the catalog at `path`, made where it is missing; undefined: a temporary one.
 *
 * @throws SdkError `BACKUP_CATALOG_MISMATCH`; CoreError `CATALOG_*`
 */
export async function openFittingCatalog(place: CatalogPlace, path: string | undefined): Promise<Catalog> {
  const {
    observer,
    damagedCatalog: damaged,
    spoolFolder: temporaryFolder,
    clock = systemClock
  } = place.options
  if (path !== undefined) makeCatalogFolder(path)
  const catalog = await openCatalog({ path, damaged, observer, temporaryFolder, clock: () => clock.now() })
  return fitting(catalog, place)
}

/**
 * Opens an existing catalog to read only, which works while another process writes to it.
 *
 * @throws SdkError `BACKUP_CATALOG_MISMATCH`; CoreError `CATALOG_*`, `CATALOG_READ_ONLY` for one of an older schema
 */
export function openFittingReader(place: CatalogPlace, path: string): CatalogReader {
  return fitting(openCatalogReader(path), place)
}

/** The catalog itself; one that does not fit is closed. */
function fitting<C extends CatalogReader>(catalog: C, { backend, survey, options }: CatalogPlace): C {
  try {
    assertCatalogFits(catalog, survey, backend, options.prefix)
    return catalog
  } catch (error) {
    catalog.close()
    throw error
  }
}

/** What an operation of the engine works on. */
export function contextOf<C extends CatalogReader>(
  { backend, options }: CatalogPlace,
  catalog: C,
  passphrase: Secret | string | undefined
): ReadingContext & { readonly catalog: C } {
  const { maxBlocksize, workers, workerUrl, spoolFolder, retries, retryDelayMs, clock, observer } = options
  const encryption = encryptionFrom(options)
  const surroundings = { workers, workerUrl, spoolFolder, retries, retryDelayMs, clock, observer }
  return { backend, catalog, passphrase, encryption, maxBlocksize, ...surroundings }
}

/**
 * What a catalog is to be complete for. To be read, it needs all versions; to be written to, it may know of none yet,
 * and what another catalog has added is left for the engine to refuse.
 */
export type CatalogPurpose = 'read' | 'write'

/**
 * Takes in what the destination has, where the catalog is new or its making was interrupted. Events say how much that
 * is before the first volume is fetched.
 */
export async function completeCatalog(
  context: EngineContext,
  { survey, options }: CatalogPlace,
  calls: CallOptions & IssueOptions & { readonly onEvent?: BackupEventListener | undefined },
  purpose: CatalogPurpose
): Promise<void> {
  const { catalog } = context
  const allowNoVersion = purpose === 'write'
  const isComplete = isCatalogComplete(catalog) && (allowNoVersion || !lacksVersions(catalog, survey))
  if (survey.volumes.size === 0 || isComplete) return
  announce(volumesToTakeIn(survey, catalog), calls.onEvent)
  const { signal, onEvent, onIssue } = calls
  await recreateCatalog(context, { prefix: options.prefix, allowNoVersion, signal, onEvent, onIssue })
}

/** A catalog is there already. */
export function hasCatalogFile(path: string | undefined): path is string {
  return path !== undefined && existsSync(path)
}

function announce(
  { names, bytes }: ReturnType<typeof volumesToTakeIn>,
  onEvent: BackupEventListener | undefined
): void {
  try {
    onEvent?.({ type: 'recreate-start', volumes: names.length, bytes })
  } catch {
    // Display only.
  }
}
