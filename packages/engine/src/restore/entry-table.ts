import { float64List, PackedBytes, uint8List, uint32List } from '../common/growable.ts'

export const FILE = 0
export const FOLDER = 1
export const SYMLINK = 2
export type EntryKind = typeof FILE | typeof FOLDER | typeof SYMLINK

/** Content and metadata come from one source, whose worker makes the file in one go. */
export const WHOLE = 1
/** The content's hash is not that of its only block, so the finished file is hashed. */
export const HASHED = 2
/** The target already has the right content; only metadata is applied. */
export const PRESENT = 4
/** Blocks are written into the existing file instead of a temporary one. */
export const IN_PLACE = 8
/** What is at the target may be replaced. */
export const REPLACE = 16
/** Nothing more is done for this entry: it failed, or was left out on purpose. */
export const DROPPED = 32
/** No metadata is wanted: the content alone makes the file whole. */
export const BARE = 64
/** Under its final name, with all that belongs to it. */
export const DONE = 128

export interface NewEntry {
  readonly kind: EntryKind
  readonly storedPath: string
  readonly sizeBytes: number
  /** Seconds since 1970; NaN when the version does not say. */
  readonly time: number
  /** Hash of the whole content; undefined for folders and links. */
  readonly hash: Uint8Array | undefined
}

/** The selected entries of a version, packed: about 70 bytes and the path for each. */
export class EntryTable {
  readonly kinds = uint8List()
  readonly flags = uint8List()
  readonly sizes = float64List()
  readonly times = float64List()
  /** Blocks of content and metadata that are still to come. */
  readonly remaining = uint32List()
  readonly #storedPaths = new PackedBytes()
  readonly #hashes = new PackedBytes()

  get count(): number {
    return this.kinds.length
  }

  add(entry: NewEntry): number {
    const index = this.count
    this.kinds.push(entry.kind)
    this.flags.push(0)
    this.sizes.push(entry.sizeBytes)
    this.times.push(entry.time)
    this.remaining.push(0)
    this.#storedPaths.pushText(entry.storedPath)
    this.#hashes.push(entry.hash ?? NO_HASH)
    return index
  }

  storedPath(index: number): string {
    return this.#storedPaths.textAt(index)
  }

  /** A view, valid until the next `add`. */
  hash(index: number): Uint8Array {
    return this.#hashes.at(index)
  }

  has(index: number, flag: number): boolean {
    return (this.flags.at(index) & flag) !== 0
  }

  mark(index: number, flag: number): void {
    this.flags.set(index, this.flags.at(index) | flag)
  }

  unmark(index: number, flag: number): void {
    this.flags.set(index, this.flags.at(index) & ~flag)
  }
}

const NO_HASH = new Uint8Array()
