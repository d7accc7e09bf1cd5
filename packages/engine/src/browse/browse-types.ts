import type { CarriedRanges, EntryRow, ResolvedVersion } from '@tercet/core'
import type { VersionCoverage } from '../common/version-coverage.ts'

/** One version of the backup. */
export interface Version {
  /** 0 is the newest. */
  readonly number: number
  readonly createdAt: Date
  /** The backup was stopped or interrupted; what it had not reached is as in the version before. */
  readonly isPartial: boolean
  /** Entries that are as in the version before because they could not be read or were not reached; each is {@link Entry.isStale}. */
  readonly carriedOver: number
  /** Neither partial nor with entries that were carried over. */
  readonly isComplete: boolean
  readonly files: number
  /** Sum of the sizes of its files. */
  readonly bytes: number
  readonly entries: number
  /** How it was found out what had changed; undefined: not known, as for versions that were read from the destination. */
  readonly coverage?: VersionCoverage | undefined
}

/** One file, folder or link of a version. */
export interface Entry {
  readonly path: string
  readonly type: 'file' | 'folder' | 'symlink'
  /** Of files; 0 for others. */
  readonly sizeBytes: number
  /** Of files, whole seconds. */
  readonly modifiedAt: Date | undefined
  /** Could not be read or was not reached when the version was made, so that it is as in the version before. */
  readonly isStale: boolean
}

export function toVersion(version: ResolvedVersion, coverage?: VersionCoverage): Version {
  return {
    number: version.version,
    createdAt: new Date(version.time * 1000),
    isPartial: !version.isFull,
    carriedOver: version.carried,
    isComplete: version.isFull && version.carried === 0,
    files: version.files,
    bytes: version.bytes,
    entries: version.entries,
    ...(coverage !== undefined && { coverage })
  }
}

/** `carried` is that of the version in which the entry is looked at. */
export function toEntry(row: EntryRow, carried: CarriedRanges): Entry {
  return {
    path: row.path,
    type: row.type,
    sizeBytes: row.size,
    modifiedAt: row.mtime === undefined ? undefined : new Date(row.mtime * 1000),
    isStale: carried.has(row)
  }
}
