import type { HashAlgorithm } from '@tercet/crypto'
import type { Issue } from '@tercet/interface'
import type { VolumeSettings } from '@tercet/volume-format'
import type { PackedRecord } from '../common/growable.ts'
import type { SourceTargets } from './block-targets.ts'
import type { FileDigest } from './target-files.ts'

/** How files are written; the same for all jobs of one restore. */
export interface TargetSettings {
  /** Nothing is written outside of it. */
  readonly root: string
  /** For names of files whose own name is taken. */
  readonly versionTimeMs: number
  /** Owner, mode and access lists are restored, too. */
  readonly permissions: boolean
  /** Part of all temporary names of this restore. */
  readonly token: string
}

/** The entries that a job is about, by columns. Numbers are those of the plan's entry table. */
export interface JobEntries {
  readonly numbers: Uint32Array
  /** Relative to the root of the target. */
  readonly paths: PackedRecord
  readonly flags: Uint8Array
  readonly sizes: Float64Array
  /** Modification times in seconds, for entries whose metadata has none; NaN: not known. */
  readonly times: Float64Array
}

/** A volume as a file on this machine. */
export interface VolumeSource {
  readonly kind: 'volume'
  readonly name: string
  readonly path: string
  readonly expected: { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
}

/** Files on this machine that held wanted blocks when they were looked at; each block is checked again. */
export interface FilesSource {
  readonly kind: 'files'
  readonly paths: PackedRecord
  /** For each block of the job: which file, and where in it. */
  readonly blockFiles: Uint32Array
  readonly blockOffsets: Float64Array
}

export interface WriteJob extends SourceTargets {
  readonly source: VolumeSource | FilesSource
  readonly settings: VolumeSettings
  readonly target: TargetSettings
  readonly entries: JobEntries
}

/** A block, or a whole source, that could not be read. */
export interface BlockFailure {
  readonly code: string
  readonly message: string
}

export interface WriteResult {
  /** Positions in the job's list of blocks. */
  readonly failedBlocks: Uint32Array
  /** Why; the first few different reasons. */
  readonly failures: readonly BlockFailure[]
  /** Positions in the job's entries that came as whole and have to be finished by another job after all. */
  readonly unfinished: Uint32Array
  /** Positions in the job's entries that cannot be written, for the reasons in `issues`. */
  readonly failedEntries: Uint32Array
  /** Blocks of metadata that others need: number of the entry, index of the block, bytes. */
  readonly metadataEntries: Uint32Array
  readonly metadataIndexes: Uint32Array
  readonly metadata: PackedRecord
  /** Hashes of the whole content of unfinished files that were written from their beginning to their end. */
  readonly digests: readonly FileDigest[]
  readonly hardLinks: readonly HardLink[]
  readonly issues: readonly Issue[]
  readonly finishedFiles: number
  readonly writtenBytes: number
}

/** A restored file whose metadata says that it was one of several names of one file. */
export interface HardLink {
  readonly number: number
  readonly identity: string
}

/** Files whose blocks are all there: hash, metadata, final name. */
export interface FinishJob {
  readonly target: TargetSettings
  readonly entries: JobEntries
  /** For each entry: its metadata; empty when there is none. */
  readonly metadata: PackedRecord
  /** For each entry: the hash of the whole content where it is to be checked; empty elsewhere. */
  readonly hashes: PackedRecord
  readonly fileHash: HashAlgorithm
}

export interface FinishResult {
  readonly failedEntries: Uint32Array
  readonly hardLinks: readonly HardLink[]
  readonly issues: readonly Issue[]
  readonly finishedFiles: number
}

/** Compares files that exist with the blocks of entries. */
export interface ExamineJob {
  readonly paths: PackedRecord
  /** For each path: the hashes of the blocks that are wanted, packed. */
  readonly blocks: PackedRecord
  readonly sizes: Float64Array
  readonly settings: VolumeSettings
}

export interface ExamineResult {
  /** For each path one byte a block: 1 where the file has this block at this place. */
  readonly equal: PackedRecord
  /** For each path: 1 when the whole file is what is wanted, length included. */
  readonly same: Uint8Array
  /** For each path: 1 when it is a file that could be read. */
  readonly isFile: Uint8Array
}

/** Makes folders, each before those in it. */
export interface FolderJob {
  readonly target: TargetSettings
  readonly paths: PackedRecord
}

/** Names that are to be further names of a restored file. */
export interface LinkJob {
  readonly target: TargetSettings
  /** Path of the file that stays. */
  readonly firsts: PackedRecord
  /** Path that becomes another name of it. */
  readonly others: PackedRecord
}
