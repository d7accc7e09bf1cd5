/**
 * Entries of a listing as bytes: u16 length of the name, name in UTF-8, f64 size (-1: unknown), f64 time in ms (-1:
 * unknown), u8 flags (1: archived). Packed at once as they come: a million objects that live until they are sorted would
 * cost far more than what they hold.
 */
import type { ListedFile } from './sorted-listing.ts'

/** Longest name that is taken, in bytes: no store has longer ones. */
export const MAX_NAME_BYTES = 4096
const TAIL_BYTES = 17
export const MAX_ENTRY_BYTES = 2 + MAX_NAME_BYTES + TAIL_BYTES
/** So many bytes of a name make a number that is exact. */
const KEY_BYTES = 6

/** Collects so many entries, then gives them out by rising name, and can be filled again. */
export class PackedEntries {
  readonly #starts: Uint32Array
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #sorted = Buffer.allocUnsafe(0)
  #count = 0
  #end = 0

  constructor(capacity: number) {
    this.#starts = new Uint32Array(capacity)
  }

  get isFull(): boolean {
    return this.#count === this.#starts.length
  }

  get count(): number {
    return this.#count
  }

  /** False for a name that is too long. */
  add(
    path: string,
    sizeBytes: number | undefined,
    modifiedAtMs: number | undefined,
    archived: boolean
  ): boolean {
    if (path.length > MAX_NAME_BYTES) return false
    const needed = this.#end + 2 + 3 * path.length + TAIL_BYTES
    if (needed > this.#bytes.byteLength) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.byteLength))
      this.#bytes.copy(larger, 0, 0, this.#end)
      this.#bytes = larger
    }
    const bytes = this.#bytes
    const nameLength = bytes.write(path, this.#end + 2, 'utf8')
    if (nameLength > MAX_NAME_BYTES) return false
    bytes.writeUInt16LE(nameLength, this.#end)
    const tail = this.#end + 2 + nameLength
    bytes.writeDoubleLE(sizeBytes ?? -1, tail)
    bytes.writeDoubleLE(modifiedAtMs ?? -1, tail + 8)
    bytes.writeUInt8(archived ? 1 : 0, tail + 16)
    this.#starts[this.#count++] = this.#end
    this.#end = tail + TAIL_BYTES
    return true
  }

  /** All entries by rising name, to be used before the next `add`; none are left. */
  takeSorted(): Buffer {
    const starts = this.#starts.subarray(0, this.#count)
    const order = this.#order(starts)
    if (this.#sorted.byteLength < this.#end) this.#sorted = Buffer.allocUnsafe(this.#bytes.byteLength)
    let at = 0
    for (const position of order) {
      at += this.#bytes.copy(this.#sorted, at, starts[position], starts[position + 1] ?? this.#end)
    }
    this.#count = 0
    this.#end = 0
    return this.#sorted.subarray(0, at)
  }

  /** Positions by rising name. A number of the first bytes in which names differ decides nearly always. */
  #order(starts: Uint32Array): Uint32Array {
    const bytes = this.#bytes
    const nameEnd = (start: number) => start + 2 + bytes.readUInt16LE(start)
    const skipped = this.#commonPrefix(starts)
    const keys = new Float64Array(starts.length)
    for (const [position, start] of starts.entries()) {
      const end = nameEnd(start)
      let key = 0
      for (let n = 0, at = start + 2 + skipped; n < KEY_BYTES; n++, at++) {
        key = key * 257 + (at < end ? (bytes[at] as number) + 1 : 0)
      }
      keys[position] = key
    }
    return Uint32Array.from(starts.keys()).sort((a, b) => {
      const byKey = (keys[a] as number) - (keys[b] as number)
      if (byKey !== 0) return byKey
      const [left, right] = [starts[a] as number, starts[b] as number]
      return bytes.compare(bytes, right + 2, nameEnd(right), left + 2, nameEnd(left))
    })
  }

  #commonPrefix(starts: Uint32Array): number {
    const bytes = this.#bytes
    const first = starts[0]
    if (first === undefined) return 0
    let common = bytes.readUInt16LE(first)
    for (const start of starts) {
      common = Math.min(common, bytes.readUInt16LE(start))
      let n = 0
      while (n < common && bytes[start + 2 + n] === bytes[first + 2 + n]) n++
      common = n
    }
    return common
  }
}

export type ReadAt = (target: Uint8Array, position: number) => number

/** Walks packed entries, with a window of them in memory. */
export class EntryReader {
  /** Holds the present entry. */
  readonly buffer: Buffer
  /** Where the present entry is in the buffer. */
  start = 0
  end = 0
  readonly #length: number
  readonly #readAt: ReadAt
  #position = 0 // of the window
  #filled = 0

  constructor(length: number, windowBytes: number, readAt: ReadAt) {
    this.#length = length
    this.#readAt = readAt
    this.buffer = Buffer.allocUnsafe(Math.min(Math.max(windowBytes, MAX_ENTRY_BYTES), length))
  }

  /** Goes to the next entry; false at the end. */
  next(): boolean {
    this.start = this.end
    if (this.#position + this.start >= this.#length) return false
    if (this.#filled - this.start < MAX_ENTRY_BYTES && this.#position + this.#filled < this.#length) {
      this.buffer.copyWithin(0, this.start, this.#filled)
      this.#position += this.start
      this.#filled -= this.start
      this.start = 0
      const space = this.buffer.subarray(
        this.#filled,
        Math.min(this.buffer.byteLength, this.#length - this.#position)
      )
      this.#filled += this.#readAt(space, this.#position + this.#filled)
    }
    this.end = this.start + 2 + this.buffer.readUInt16LE(this.start) + TAIL_BYTES
    return true
  }

  /** Below, at or above 0, as the names are. */
  compare(other: EntryReader): number {
    return this.buffer.compare(
      other.buffer,
      other.start + 2,
      other.end - TAIL_BYTES,
      this.start + 2,
      this.end - TAIL_BYTES
    )
  }

  /** The bytes of the name, for as long as the reader stands. */
  get name(): Buffer {
    return this.buffer.subarray(this.start + 2, this.end - TAIL_BYTES)
  }

  get path(): string {
    return this.buffer.toString('utf8', this.start + 2, this.end - TAIL_BYTES)
  }

  get file(): ListedFile {
    const tail = this.end - TAIL_BYTES
    const sizeBytes = this.buffer.readDoubleLE(tail)
    const modifiedAtMs = this.buffer.readDoubleLE(tail + 8)
    return {
      path: this.path,
      sizeBytes: sizeBytes < 0 ? undefined : sizeBytes,
      modifiedAtMs: modifiedAtMs < 0 ? undefined : modifiedAtMs,
      archived: this.buffer.readUInt8(tail + 16) === 1
    }
  }
}
