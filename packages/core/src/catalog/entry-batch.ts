import type { NewBlockset } from './blockset-table.ts'

export type EntryType = 'file' | 'folder' | 'symlink'

/** Numbers of {@link EntryType} in packed batches and in the catalog. */
export const ENTRY_TYPES = ['file', 'folder', 'symlink'] as const satisfies readonly EntryType[]
export const ENTRY_FILE = 0
export const ENTRY_FOLDER = 1
export const ENTRY_SYMLINK = 2

/** The entry was carried over from the version before without having been read. */
export const FLAG_STALE = 1
/** The file changed while it was read. */
export const FLAG_CHANGED_WHILE_READING = 2

/**
 * Blocks of the entry are in damaged volumes only, as was found out since: it has to be read again. No part of any
 * version, like a signature.
 */
export const FLAG_LOST = 4

/**
 * Many entries in a few arrays, one element an entry: what a thread answers with goes into the catalog as it came,
 * without an object for each file. Elements that an entry does not have are ignored (`hashes` of folders and links).
 */
export interface EntryBatch {
  readonly count: number
  /** The folders that occur in the batch, each with its trailing separator; `''` for what lies above all roots. */
  readonly folders: readonly string[]
  /** Index into `folders`. */
  readonly folderIndexes: Uint32Array
  /** Last segment of each path; with a trailing separator where the path has one (folders). */
  readonly names: readonly string[]
  /** {@link ENTRY_FILE}, {@link ENTRY_FOLDER}, {@link ENTRY_SYMLINK}. */
  readonly types: Uint8Array
  /** Bytes of the content of files. */
  readonly sizes: Float64Array
  /** Last change in seconds since 1970, of files. */
  readonly mtimes: Float64Array
  /** Raw hashes of the contents of files, `hashes.length / count` bytes each. */
  readonly hashes: Uint8Array
  /** Raw hashes of the metadata blobs, `metaHashes.length / count` bytes each. */
  readonly metaHashes: Uint8Array
  /** Bytes of the metadata blobs; -1: the entry has none. */
  readonly metaSizes: Int32Array
  /** What tells that an entry is unchanged without reading it, `signatures.length / count` bytes each. */
  readonly signatures?: Uint8Array | undefined
  /** {@link FLAG_STALE}, {@link FLAG_CHANGED_WHILE_READING}. */
  readonly flags?: Uint8Array | undefined
  /** Index into `blocksets` of the content; -1: none is needed. */
  readonly contents?: Int32Array | undefined
  /** Index into `blocksets` of the metadata blob; -1: none is needed. */
  readonly metaContents?: Int32Array | undefined
  readonly blocksets?: readonly NewBlockset[] | undefined
}
