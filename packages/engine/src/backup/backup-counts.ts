import { OUTCOME, type PackedBatch } from './packed-batch.ts'
import { FILE, HINT, type ScanBatch } from './scan-batch.ts'

/** What a backup did, entry by entry. */
export interface BackupCounts {
  addedFiles: number
  modifiedFiles: number
  /** Vanished links count here where only their path is known. */
  deletedFiles: number
  addedFolders: number
  modifiedFolders: number
  deletedFolders: number
  addedSymlinks: number
  modifiedSymlinks: number
  deletedSymlinks: number
  /** Entries that could not be read. */
  failedEntries: number
  /** Files that were opened and read. */
  readFiles: number
  /** Bytes of these. */
  readBytes: number
}

export function newBackupCounts(): BackupCounts {
  return {
    addedFiles: 0,
    modifiedFiles: 0,
    deletedFiles: 0,
    addedFolders: 0,
    modifiedFolders: 0,
    deletedFolders: 0,
    addedSymlinks: 0,
    modifiedSymlinks: 0,
    deletedSymlinks: 0,
    failedEntries: 0,
    readFiles: 0,
    readBytes: 0
  }
}

const KINDS = ['Files', 'Folders', 'Symlinks'] as const

export function countBatch(counts: BackupCounts, batch: ScanBatch, packed: PackedBatch): void {
  for (let index = 0; index < batch.count; index++) {
    const outcome = packed.outcomes[index]!
    const type = batch.types[index]!
    const kind = KINDS[type]!
    if (outcome === OUTCOME.FAILED) counts.failedEntries += 1
    else if (outcome === OUTCOME.ADDED) counts[`added${kind}`] += 1
    else if (outcome === OUTCOME.MODIFIED || outcome === OUTCOME.METADATA) counts[`modified${kind}`] += 1
    else if (outcome === OUTCOME.VANISHED && (batch.hints[index]! & HINT.PREVIOUS) !== 0)
      counts[`deleted${kind}`] += 1
    if (type !== FILE || outcome >= OUTCOME.VANISHED) continue
    counts.readFiles += 1
    counts.readBytes += packed.sizes[index]!
  }
  counts.readFiles -= packed.links.files
  counts.readBytes -= packed.links.bytes
}

/** Counts a batch that is not read, as in a dry run: what differs outwardly counts as modified. */
export function countScanned(counts: BackupCounts, batch: ScanBatch): void {
  for (let index = 0; index < batch.count; index++) {
    const kind = KINDS[batch.types[index]!]!
    const known = (batch.hints[index]! & HINT.PREVIOUS) !== 0
    counts[`${known ? 'modified' : 'added'}${kind}`] += 1
  }
}

/** Counts paths that are gone; a trailing separator tells folders. */
export function countVanished(counts: BackupCounts, paths: readonly string[]): void {
  for (const path of paths) {
    if (path.endsWith('/') || path.endsWith('\\')) counts.deletedFolders += 1
    else counts.deletedFiles += 1
  }
}
