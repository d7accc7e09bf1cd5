/**
 * What the scanner sends to the pack workers: entries that are new or may have changed. A batch is one message of two
 * strings and a few typed arrays, whatever the number of entries; names are joined by NUL, which no name can contain.
 */
export interface ScanBatch {
  readonly count: number
  /** Folder paths with trailing separator, joined by NUL. */
  readonly folders: string
  /** Entry names; folders and links to folders with trailing separator. */
  readonly names: string
  /** Index into `folders` for each entry. */
  readonly folderOf: Uint32Array
  /** {@link ENTRY_TYPES} index of each entry. */
  readonly types: Uint8Array
  /** {@link HINT} bits of each entry. */
  readonly hints: Uint8Array
  /** Size at the time of the scan. */
  readonly sizes: Float64Array
  /** Content size in the version before; -1 for entries without content. */
  readonly previousSizes: Float64Array
  /** Two file-hash values for each entry: content and metadata in the version before; zeros where there was none. */
  readonly previousHashes: Uint8Array
}

export const ENTRY_TYPES = ['file', 'folder', 'symlink'] as const
export type EntryKind = 0 | 1 | 2
export const FILE: EntryKind = 0
export const FOLDER: EntryKind = 1
export const SYMLINK: EntryKind = 2

export const HINT = {
  /** The version before has this path, with the same type. */
  PREVIOUS: 1,
  /** Equal metadata and size mean that the content is unchanged: the catalog has not seen the file itself before. */
  METADATA_DECIDES: 2,
  /** The entry of the version before is marked stale or torn, so it is written again even if nothing changed. */
  REWRITE: 4
} as const

/** What the version before knows of an entry. */
export interface PreviousEntry {
  readonly size: number
  readonly hash: Uint8Array | undefined
  readonly metaHash: Uint8Array | undefined
}

/** Entries and bytes of one batch: enough to make the message cheap, little enough to spread and to report progress. */
const MAX_ENTRIES = 1000
const MAX_BYTES = 8 * 1024 * 1024

export class ScanBatchBuilder {
  readonly #hashBytes: number
  #folders: string[] = []
  #names: string[] = []
  #bytes = 0
  readonly #folderOf = new Uint32Array(MAX_ENTRIES)
  readonly #types = new Uint8Array(MAX_ENTRIES)
  readonly #hints = new Uint8Array(MAX_ENTRIES)
  readonly #sizes = new Float64Array(MAX_ENTRIES)
  readonly #previousSizes = new Float64Array(MAX_ENTRIES)
  readonly #previousHashes: Uint8Array

  constructor(fileHashBytes: number) {
    this.#hashBytes = fileHashBytes
    this.#previousHashes = new Uint8Array(MAX_ENTRIES * 2 * fileHashBytes)
  }

  get isEmpty(): boolean {
    return this.#names.length === 0
  }

  get isFull(): boolean {
    return this.#names.length === MAX_ENTRIES || this.#bytes >= MAX_BYTES
  }

  add(
    folder: string,
    name: string,
    type: EntryKind,
    size: number,
    hints: number,
    previous: PreviousEntry | undefined
  ): void {
    const index = this.#names.length
    if (this.#folders.at(-1) !== folder) this.#folders.push(folder)
    this.#names.push(name)
    this.#folderOf[index] = this.#folders.length - 1
    this.#types[index] = type
    this.#hints[index] = hints
    this.#sizes[index] = size
    this.#previousSizes[index] = previous?.size ?? -1
    const at = index * 2 * this.#hashBytes
    this.#previousHashes.fill(0, at, at + 2 * this.#hashBytes)
    if (previous?.hash) this.#previousHashes.set(previous.hash, at)
    if (previous?.metaHash) this.#previousHashes.set(previous.metaHash, at + this.#hashBytes)
    if (type === FILE) this.#bytes += size
  }

  /** The batch so far; the builder is empty afterwards. */
  take(): ScanBatch {
    const count = this.#names.length
    const batch: ScanBatch = {
      count,
      folders: this.#folders.join('\0'),
      names: this.#names.join('\0'),
      folderOf: this.#folderOf.slice(0, count),
      types: this.#types.slice(0, count),
      hints: this.#hints.slice(0, count),
      sizes: this.#sizes.slice(0, count),
      previousSizes: this.#previousSizes.slice(0, count),
      previousHashes: this.#previousHashes.slice(0, count * 2 * this.#hashBytes)
    }
    this.#folders = []
    this.#names = []
    this.#bytes = 0
    return batch
  }
}

/** Bytes of file content that a batch announces. */
export function batchContentBytes(batch: ScanBatch): number {
  let bytes = 0
  for (let index = 0; index < batch.count; index++)
    if (batch.types[index] === FILE) bytes += batch.sizes[index]!
  return bytes
}

/** The buffers of a batch, to be handed over instead of copied. */
export function batchBuffers(batch: ScanBatch): ArrayBuffer[] {
  const { folderOf, types, hints, sizes, previousSizes, previousHashes } = batch
  return [folderOf, types, hints, sizes, previousSizes, previousHashes].map(
    (view) => view.buffer as ArrayBuffer
  )
}
