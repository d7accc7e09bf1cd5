import { CoreError } from '../core-error.ts'

/**
 * What the catalog, which is a cache, can say about a failure. None of these loses data or a version.
 *
 * - `CATALOG_LOCKED` another process, or another opening in this one, writes to this catalog
 * - `CATALOG_MISSING` there is no catalog at this path, and it was opened to be read
 * - `CATALOG_CORRUPT` the file is damaged; nothing is lost: `repair` makes a new one from the destination
 * - `CATALOG_FOREIGN` the file is a database of another program, which is left alone
 * - `CATALOG_TOO_NEW` a newer version of this library wrote it
 * - `CATALOG_READ_ONLY` it cannot be written to, or was opened to be read only
 * - `CATALOG_FULL` no space left for it
 * - `CATALOG_IO` the file system refused or failed; the message tells
 * - `CATALOG_CLOSED` it was closed
 * - `CATALOG_CONFLICT` a volume name or version time that is taken
 * - `CATALOG_NO_SUCH_VERSION` no version matches; nothing else is chosen instead
 * - `CATALOG_NO_SUCH_VOLUME` no volume has this id
 * - `CATALOG_VERSION_BUILDING` a version is unfinished; it must be completed or discarded first
 */
export type CatalogErrorCode =
  | 'CATALOG_LOCKED'
  | 'CATALOG_MISSING'
  | 'CATALOG_CORRUPT'
  | 'CATALOG_FOREIGN'
  | 'CATALOG_TOO_NEW'
  | 'CATALOG_READ_ONLY'
  | 'CATALOG_FULL'
  | 'CATALOG_IO'
  | 'CATALOG_CLOSED'
  | 'CATALOG_CONFLICT'
  | 'CATALOG_NO_SUCH_VERSION'
  | 'CATALOG_NO_SUCH_VOLUME'
  | 'CATALOG_VERSION_BUILDING'

const CORRUPT_ADVICE = 'Nothing is lost: move the file away and run repair, which makes it anew'

/** A number that is no integer, or too large for one: a mistake of the caller. */
const CONSTRAINT_DATATYPE = 3091

/** Primary result codes of SQLite → ours. */
const NATIVE: ReadonlyMap<number, readonly [CatalogErrorCode, string]> = new Map([
  [5, ['CATALOG_LOCKED', 'is in use by another process']],
  [6, ['CATALOG_LOCKED', 'is in use']],
  [8, ['CATALOG_READ_ONLY', 'cannot be written to']],
  [10, ['CATALOG_IO', 'could not be read or written']],
  [11, ['CATALOG_CORRUPT', `is damaged. ${CORRUPT_ADVICE}`]],
  [13, ['CATALOG_FULL', 'could not grow: the disk is full. Free some space and run the same again']],
  [14, ['CATALOG_IO', 'could not be opened']],
  [19, ['CATALOG_CONFLICT', 'already holds this name or time']],
  [26, ['CATALOG_CORRUPT', `is not a database, or its beginning is damaged. ${CORRUPT_ADVICE}`]]
] as const)

/** Translates an error of `node:sqlite`; anything else, also one of ours, is passed on as it is. */
export function toCatalogError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || (error as { code?: unknown }).code !== 'ERR_SQLITE_ERROR') return error
  const native = (error as { errcode?: number }).errcode ?? 0
  if (native === CONSTRAINT_DATATYPE) return new RangeError(`Not a value for the catalog: ${error.message}`)
  const [code, text] = NATIVE.get(native & 0xff) ?? ['CATALOG_IO', 'failed']
  return new CoreError(code, `The catalog ${path} ${text} (${error.message})`, {
    cause: error,
    retry: code === 'CATALOG_LOCKED' ? 'may-help' : 'never',
    context: { path, sqlite: native }
  })
}

/** The error for a catalog whose content breaks its own rules. */
export function corruptCatalog(path: string, problem: string): CoreError {
  return new CoreError('CATALOG_CORRUPT', `The catalog ${path} is damaged: ${problem}. ${CORRUPT_ADVICE}`, {
    context: { path, problem }
  })
}
