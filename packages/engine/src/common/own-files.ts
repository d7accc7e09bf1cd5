import type { CatalogReader } from '@tercet/core'
import type { StorageBackend } from '@tercet/interface'
import type { ScanOptions } from '@tercet/source-fs'
import { REMOTE_NAME_PATTERNS } from '@tercet/volume-format'

export interface OwnPlaces {
  readonly catalog: CatalogReader
  readonly backend?: StorageBackend | undefined
  /** That of the run, not the folder in which runs make theirs. */
  readonly spoolFolder?: string | undefined
}

/**
 * What a walk of the sources leaves out, since this program writes it: catalog, spool, and the volumes of a destination
 * that lies in a source, which would otherwise hold itself and grow with each run. Other files in the destination's
 * folder are the user's, and so are those of a source that the destination lies around.
 */
export function ownFilesOf({
  catalog,
  backend,
  spoolFolder
}: OwnPlaces): Pick<ScanOptions, 'ownFiles' | 'ownFolders'> {
  const local = backend?.localFolder
  return {
    ownFiles: [...catalogFiles(catalog.path), ...(spoolFolder === undefined ? [] : [spoolFolder])],
    ownFolders:
      local === undefined
        ? []
        : [{ path: local.path, names: [...REMOTE_NAME_PATTERNS, local.unfinishedNames] }]
  }
}

/** The catalog, and what is kept beside it of replicas and of a watcher. They change while they are backed up. */
function catalogFiles(path: string): string[] {
  const journal = ['', '-wal', '-shm', '.lock', '.damaged'].map((suffix) => `.watch${suffix}`)
  return ['', '-wal', '-shm', '-journal', '-lock', '-sync', ...journal].map((suffix) => path + suffix)
}
