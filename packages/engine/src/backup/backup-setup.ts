import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { Catalog } from '@tercet/core'
import type { ScanOptions } from '@tercet/source-fs'
import {
  type CompressionSetting,
  type ControlFile,
  DEFAULT_COMPRESSION,
  parseCompression
} from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'
import { readStoredCompression } from '../common/stored-compression.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { selectionScanOptions } from './source-selection.ts'

/** What to walk: the backup's options in the words of the source, and the program's own files left out. */
export function scanOptionsOf(
  options: ResolvedBackupOptions,
  own: Pick<ScanOptions, 'ownFiles' | 'ownFolders'> = {}
): ScanOptions {
  return {
    ...selectionScanOptions(options),
    ...own,
    allowMissingSource: options.missingSources === 'allow',
    abortIfSourceMissing: options.missingSources === 'error',
    preventEmptySource: options.preventEmptySource
  }
}

/** What was asked for; else what the destination has; else the default. */
export function compressionOf(catalog: Catalog, options: ResolvedBackupOptions): CompressionSetting {
  const { compression } = options
  if (compression !== undefined) {
    const { method, level } = compression
    return parseCompression(level === undefined || method === 'none' ? method : `${method}:${level}`)
  }
  return readStoredCompression(catalog) ?? DEFAULT_COMPRESSION
}

/**
 * The files that travel along in the list, each under its own name.
 *
 * @throws EngineError `BACKUP_CONTROL_FILE_UNREADABLE`
 */
export function readControlFiles(paths: readonly string[]): ControlFile[] {
  return paths.map((path) => {
    try {
      return { name: basename(path), bytes: readFileSync(path) }
    } catch (error) {
      throw new EngineError(
        'BACKUP_CONTROL_FILE_UNREADABLE',
        `The control file ${path} cannot be read: ${(error as Error).message}`,
        { cause: error, context: { path } }
      )
    }
  })
}

/** Whether the versions so far have metadata. */
const METADATA_KEY = 'metadata'

/** Entries that did not change have the wrong metadata when that is now stored and was not before, or the other way. */
export function mustReadAll(catalog: Catalog, options: ResolvedBackupOptions): boolean {
  const before = catalog.settings.get(METADATA_KEY)
  return before !== undefined && (before === 1) !== options.storeMetadata
}

export function rememberMetadata(catalog: Catalog, options: ResolvedBackupOptions): void {
  const value = options.storeMetadata ? 1 : 0
  if (catalog.settings.get(METADATA_KEY) !== value) catalog.settings.set(METADATA_KEY, value)
}
