import type { CatalogReader } from '@tercet/core'
import type { StorageBackend } from '@tercet/interface'
import type { DestinationSurvey } from '../destination/survey-destination.ts'
import { SdkError } from '../sdk-error.ts'

/** Volumes whose names are compared; more would prove nothing more. */
const COMPARED = 1000

/**
 * Notices a catalog of another destination before anything is done with it: it has another prefix, or none of its
 * volumes is there while the destination has others.
 *
 * @throws SdkError `BACKUP_CATALOG_MISMATCH`
 */
export function assertCatalogFits(
  catalog: CatalogReader,
  survey: DestinationSurvey,
  backend: StorageBackend,
  prefix: string
): void {
  const stored = catalog.settings.get('prefix')
  if (stored !== undefined && stored !== prefix)
    throw mismatch(catalog, backend, `it has the prefix "${String(stored)}", not "${prefix}"`)
  let compared = 0
  for (const { name, type } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) {
    // Lists are named after a time, which two backups may share.
    if (type === 'dlist') continue
    if (survey.volumes.has(name)) return
    compared += 1
    if (compared === COMPARED) break
  }
  if (compared > 0 && survey.volumes.size > 0)
    throw mismatch(catalog, backend, 'none of its volumes is there, but others are')
}

/** False for one that knows no destination yet, or whose making was interrupted. */
export function isCatalogComplete(catalog: CatalogReader): boolean {
  return catalog.settings.get('recreate-state') === undefined && catalog.settings.get('prefix') !== undefined
}

/** The destination has versions that the catalog has never heard of: they were made with another one. */
export function lacksVersions(catalog: CatalogReader, survey: DestinationSurvey): boolean {
  for (const name of survey.volumes.keys())
    if (name.includes('.dlist.') && catalog.volumes.byName(name) === undefined) return true
  return false
}

/** Lists and indexes at the destination that the catalog does not know yet. */
export function volumesToTakeIn(
  survey: DestinationSurvey,
  catalog: CatalogReader | undefined
): { readonly names: readonly string[]; readonly bytes: number } {
  const names = [...survey.volumes.keys()].filter(
    (name) => !name.includes('.dblock.') && catalog?.volumes.byName(name)?.processed !== true
  )
  return { names, bytes: names.reduce((sum, name) => sum + (survey.volumes.get(name) ?? 0), 0) }
}

function mismatch(catalog: CatalogReader, backend: StorageBackend, reason: string): SdkError {
  return new SdkError(
    'BACKUP_CATALOG_MISMATCH',
    `The catalog ${catalog.path} belongs to another destination than ${backend.displayName}: ${reason}`,
    { context: { catalog: catalog.path, destination: backend.displayName } }
  )
}
