import { hashSizeBytes } from '@tercet/crypto'
import { blocklistCount } from './blocklists.ts'
import { VolumeError } from './volume-error.ts'
import type { VolumeSettings } from './volume-settings.ts'

/**
 * One file, folder or symlink of a version (format section 5). A writer gives what it knows and need not know which
 * properties the format leaves out; a reader gets what is written, which the functions below resolve.
 */
export interface DlistEntry {
  readonly type: 'File' | 'Folder' | 'Symlink'
  /** Absolute, with the separators of its system; folders end with one. */
  readonly path: string
  /** File-hash of the content (files). */
  readonly hash?: Uint8Array | undefined
  /** Length of the content (files). */
  readonly sizeBytes?: number | undefined
  /** Last modification in whole Unix seconds (files). */
  readonly time?: number | undefined
  /** File-hash of the metadata blob; absent only in very old lists. */
  readonly metaHash?: Uint8Array | undefined
  readonly metaSize?: number | undefined
  /** Block-hash of the metadata, where it is one block. */
  readonly metaBlockHash?: Uint8Array | undefined
  /** Raw blocklist hashes of the metadata, one after the other, where it has two or more blocks. */
  readonly metaBlocklists?: Uint8Array | undefined
  /** Block-hash of the content, where it is one block. */
  readonly blockHash?: Uint8Array | undefined
  readonly blockSize?: number | undefined
  /** Raw blocklist hashes of the content, one after the other, where it has two or more blocks. */
  readonly blocklists?: Uint8Array | undefined
}

/** Metadata is held in memory as a whole. Extended attributes and access rules of a file have some hundred KiB at most. */
const MAX_METADATA_BYTES = 16 * 1024 * 1024

/** Where the bytes of a stream are: nowhere, in one block, or in the blocks of its blocklists. */
export type StreamLayout =
  | { readonly kind: 'empty'; readonly sizeBytes: 0; readonly hash: Uint8Array }
  | {
      readonly kind: 'block'
      readonly sizeBytes: number
      readonly hash: Uint8Array
      readonly blockHash: Uint8Array
    }
  | {
      readonly kind: 'lists'
      readonly sizeBytes: number
      readonly hash: Uint8Array
      readonly blocklists: Uint8Array
    }

/**
 * Resolves the content of a file entry by the reader's rules (format section 5.2).
 *
 * @throws VolumeError `VOLUME_ENTRY_INVALID` when the entry does not say where its content is
 */
export function contentLayout(entry: DlistEntry, settings: VolumeSettings): StreamLayout {
  return layout(entry, 'content', entry.hash, entry.sizeBytes, entry.blockHash, entry.blocklists, settings)
}

/**
 * As {@link contentLayout}, for the metadata of any entry.
 *
 * @throws VolumeError also `VOLUME_LIMIT_EXCEEDED` for more than any file has
 */
export function metadataLayout(entry: DlistEntry, settings: VolumeSettings): StreamLayout {
  if ((entry.metaSize ?? 0) > MAX_METADATA_BYTES) {
    throw new VolumeError(
      'VOLUME_LIMIT_EXCEEDED',
      `The metadata of ${JSON.stringify(entry.path)} is said to have ${entry.metaSize} bytes; at most ${MAX_METADATA_BYTES} are read`,
      { context: { path: entry.path } }
    )
  }
  return layout(
    entry,
    'metadata',
    entry.metaHash,
    entry.metaSize,
    entry.metaBlockHash,
    entry.metaBlocklists,
    settings
  )
}

function layout(
  entry: DlistEntry,
  what: string,
  hash: Uint8Array | undefined,
  sizeBytes: number | undefined,
  blockHash: Uint8Array | undefined,
  blocklists: Uint8Array | undefined,
  settings: VolumeSettings
): StreamLayout {
  if (hash === undefined || sizeBytes === undefined) throw invalid(entry, `it has no ${what}`)
  const lists = blocklistCount(sizeBytes, settings)
  if (blocklists !== undefined || lists > 0) {
    const found = (blocklists?.length ?? 0) / hashSizeBytes(settings.blockHash)
    if (blocklists === undefined || found !== lists) {
      throw invalid(entry, `its ${what} of ${sizeBytes} bytes has ${found} blocklists instead of ${lists}`)
    }
    return { kind: 'lists', hash, sizeBytes, blocklists }
  }
  if (sizeBytes === 0) return { kind: 'empty', hash, sizeBytes }
  const named = blockHash ?? (settings.blockHash === settings.fileHash ? hash : undefined)
  if (named === undefined) throw invalid(entry, `the block of its ${what} is not named`)
  return { kind: 'block', hash, sizeBytes, blockHash: named }
}

function invalid(entry: DlistEntry, why: string): VolumeError {
  return new VolumeError(
    'VOLUME_ENTRY_INVALID',
    `The entry of ${JSON.stringify(entry.path)} cannot be used: ${why}`,
    {
      context: { path: entry.path }
    }
  )
}
