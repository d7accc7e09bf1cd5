import { mkdtempSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CoreError } from '../core-error.ts'
import { makeFolders } from '../make-folders.ts'
import { spoolError } from '../volumes/spool.ts'

/**
 * Makes the folder that a catalog is to lie in, readable by its owner only, where it is missing.
 *
 * @throws CoreError `CATALOG_IO`, `CATALOG_FULL`
 */
export function makeCatalogFolder(path: string): void {
  const folder = dirname(path)
  try {
    makeFolders(folder)
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    const isFull = reason === 'ENOSPC' || reason === 'EDQUOT'
    throw new CoreError(
      isFull ? 'CATALOG_FULL' : 'CATALOG_IO',
      `The catalog ${path} cannot be made: its folder ${folder} is missing and cannot be made either (${reason})`,
      { cause, retry: 'never', context: { path, reason } }
    )
  }
}

/**
 * Makes a folder for a temporary catalog.
 *
 * @throws CoreError `SPOOL_FAILED`, `SPOOL_FULL`
 */
export function makeTemporaryFolder(parent: string): string {
  try {
    makeFolders(parent)
    return mkdtempSync(join(parent, 'tercet-catalog-'))
  } catch (error) {
    throw spoolError(error, parent)
  }
}

/** @throws CoreError `CATALOG_IO` where the catalog's path is one of a folder */
export function assertNoFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return
  throw new CoreError('CATALOG_IO', `${path} is a folder: give the path of a file for the catalog`, {
    retry: 'never',
    context: { path }
  })
}
