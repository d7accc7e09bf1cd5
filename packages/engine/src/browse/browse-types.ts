import { type EntryRow, FLAG_STALE, type ResolvedVersion } from '@tercet/core'

/** One version of the backup. */
export interface Version {
  /** 0 is the newest. */
  readonly number: number
  readonly createdAt: Date
  readonly isPartial: boolean
  readonly files: number
  /** Sum of the sizes of its files. */
  readonly bytes: number
  readonly entries: number
}

/** One file, folder or link of a version. */
export interface Entry {
  readonly path: string
  readonly type: 'file' | 'folder' | 'symlink'
  /** Of files; 0 for others. */
  readonly sizeBytes: number
  /** Of files, whole seconds. */
  readonly modifiedAt: Date | undefined
  /** Could not be read when the version was made, so that it is as in the version before. */
  readonly isStale: boolean
}

export function toVersion(version: ResolvedVersion): Version {
  return {
    number: version.version,
    createdAt: new Date(version.time * 1000),
    isPartial: !version.isFull,
    files: version.files,
    bytes: version.bytes,
    entries: version.entries
  }
}

export function toEntry(row: EntryRow): Entry {
  return {
    path: row.path,
    type: row.type,
    sizeBytes: row.size,
    modifiedAt: row.mtime === undefined ? undefined : new Date(row.mtime * 1000),
    isStale: (row.flags & FLAG_STALE) !== 0
  }
}
