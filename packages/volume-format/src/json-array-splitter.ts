import { startsWithBom } from './json-text.ts'
import { DEFAULT_READ_LIMITS } from './read-limits.ts'
import { VolumeError } from './volume-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** With this much waiting, a list that is not written as Duplicati does is looked at byte by byte. */
const PATIENCE_BYTES = 128 * 1024

/**
 * Parses one JSON array of any length in pieces, each a run of whole items.
 *
 * Where to cut is guessed first: at the last `},{` that is there. A guess cannot go wrong unnoticed: what is before it
 * begins at an item, so if it lies within a string or a nested value, the run before it is no valid JSON. Only then, or
 * where there is nothing to guess from, the bytes are scanned with regard to strings and depth.
 */
export class JsonArraySplitter {
  /** Begins at an item. */
  #pending: Uint8Array = new Uint8Array(0)
  #begun = false
  #ended = false
  #sawItems = false
  readonly #maxItemBytes: number
  readonly #maxDepth: number

  /**
   * @param maxItemBytes longest run of bytes without the end of an item; 16 MiB are an entry with some 350 000 blocklists
   * @param maxDepth levels of an item that has to be looked at byte by byte
   */
  constructor(maxItemBytes = DEFAULT_READ_LIMITS.maxEntryBytes, maxDepth = DEFAULT_READ_LIMITS.maxJsonDepth) {
    this.#maxItemBytes = maxItemBytes
    this.#maxDepth = maxDepth
  }

  /**
   * Takes bytes; returns items that are complete now.
   *
   * @throws VolumeError `VOLUME_LIST_INVALID`, `VOLUME_LIMIT_EXCEEDED`
   */
  push(chunk: Uint8Array): unknown[] {
    this.#pending = joined(this.#pending, chunk)
    if (this.#ended) return this.#nothingMore()
    if (!this.#begun && !this.#begin()) return []
    const cut = lastObjectBoundary(this.#pending)
    const items = cut < 0 ? undefined : tryParse(this.#pending.subarray(0, cut))
    if (items !== undefined) {
      this.#drop(cut + 1)
      return items
    }
    return cut >= 0 || this.#pending.length > PATIENCE_BYTES ? this.#scanned() : []
  }

  /**
   * Says that no more bytes come; returns the last items.
   *
   * @throws VolumeError `VOLUME_LIST_INVALID` unless the array is complete
   */
  end(): unknown[] {
    const begun = this.#begun || this.#begin(0)
    const items = begun && !this.#ended ? this.#scanned() : []
    if (!this.#ended) throw invalidList('it ends before its end')
    return items
  }

  /** @param enough bytes that a byte-order mark may take; none where no more come */
  #begin(enough = 3): boolean {
    const bytes = this.#pending
    if (bytes.length < enough) return false
    let at = startsWithBom(bytes) ? 3 : 0
    while (isSpace(bytes[at] ?? 0)) at++
    if (at === bytes.length) {
      if (at > PATIENCE_BYTES) throw invalidList('it does not begin')
      return false
    }
    if (bytes[at] !== OPEN_ARRAY) throw invalidList('it is not an array')
    this.#pending = bytes.subarray(at + 1)
    this.#begun = true
    return true
  }

  #scanned(): unknown[] {
    const bytes = this.#pending
    const { comma, close } = scan(bytes, this.#maxDepth)
    const cut = close >= 0 ? close : comma
    if (cut < 0) {
      if (bytes.length > this.#maxItemBytes) {
        throw new VolumeError(
          'VOLUME_LIMIT_EXCEEDED',
          `An entry of the list has more than ${this.#maxItemBytes} bytes`
        )
      }
      return []
    }
    const items = tryParse(bytes.subarray(0, cut))
    if (items === undefined) throw invalidList('it is not valid JSON')
    // Only `[]` has nothing between its brackets; after a comma an item has to follow.
    if (items.length === 0 && (this.#sawItems || close < 0)) throw invalidList('an item is missing')
    this.#drop(cut + 1)
    if (close >= 0) {
      this.#ended = true
      this.#nothingMore()
    }
    return items
  }

  #drop(count: number): void {
    this.#sawItems = true
    // A copy, so that a short rest does not keep a long chunk alive.
    this.#pending = new Uint8Array(this.#pending.subarray(count))
  }

  #nothingMore(): unknown[] {
    if (this.#pending.some((byte) => !isSpace(byte))) throw invalidList('something follows its end')
    this.#pending = new Uint8Array(0)
    return []
  }
}

/** Position of the comma in the last `},{`, or -1. */
function lastObjectBoundary(bytes: Uint8Array): number {
  for (let at = bytes.lastIndexOf(COMMA, -2); at > 0; at = bytes.lastIndexOf(COMMA, at - 1)) {
    if (bytes[at - 1] === CLOSE_OBJECT && bytes[at + 1] === OPEN_OBJECT) return at
  }
  return -1
}

/** Finds the last comma between items, and the bracket that closes the array; -1: none. */
function scan(bytes: Uint8Array, maxDepth: number): { comma: number; close: number } {
  let depth = 0
  let comma = -1
  let inString = false
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (inString) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) inString = false
    } else if (byte === QUOTE) inString = true
    else if (byte === COMMA) {
      if (depth === 0) comma = at
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      if (++depth > maxDepth) throw invalidList('it nests too deep')
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (depth-- === 0) {
        if (byte === CLOSE_ARRAY) return { comma, close: at }
        throw invalidList('a bracket does not match')
      }
    }
  }
  return { comma, close: -1 }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function tryParse(bytes: Uint8Array): unknown[] | undefined {
  try {
    return JSON.parse(`[${decoder.decode(bytes)}]`) as unknown[]
  } catch {
    return undefined
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}

function invalidList(why: string): VolumeError {
  return new VolumeError('VOLUME_LIST_INVALID', `The file list cannot be understood: ${why}`)
}
