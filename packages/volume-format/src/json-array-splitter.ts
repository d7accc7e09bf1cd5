import { startsWithBom } from './json-text.ts'
import { VolumeError } from './volume-error.ts'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Longest run of bytes without the end of an item: an entry with more than a million blocklists. */
const MAX_ITEM_BYTES = 64 * 1024 * 1024
const MAX_DEPTH = 16

/**
 * Cuts the bytes of one JSON array into runs of whole items, so that a list of any length is parsed in small pieces. It
 * knows just enough of JSON for that (strings, escapes, depth); `JSON.parse` judges each run.
 */
export class JsonArraySplitter {
  #pending: Uint8Array = new Uint8Array(0)
  /** Up to where `#pending` was looked at. */
  #scanned = 0
  #depth = 0
  #inString = false
  #state: 'start' | 'items' | 'end' = 'start'
  #sawItem = false

  /** Takes bytes; returns texts, each a comma-separated sequence of whole items. */
  push(chunk: Uint8Array): string[] {
    let bytes = joined(this.#pending, chunk)
    if (this.#state === 'start') {
      const begin = this.#begin(bytes)
      if (begin < 0) {
        this.#pending = new Uint8Array(bytes)
        return []
      }
      bytes = bytes.subarray(begin)
      this.#state = 'items'
      this.#scanned = 0
    }
    if (this.#state === 'end') {
      assertSpace(bytes, 0)
      this.#pending = new Uint8Array(0)
      return []
    }
    return this.#items(bytes)
  }

  /** @throws VolumeError `VOLUME_LIST_INVALID` unless the array is complete */
  end(): void {
    if (this.#state !== 'end') throw invalidList('it ends before its end')
  }

  #items(bytes: Uint8Array): string[] {
    const { lastEnd, closed } = this.#scan(bytes)
    const runs: string[] = []
    if (lastEnd > 0 || closed >= 0) {
      const text = decode(bytes.subarray(0, closed >= 0 ? closed : lastEnd))
      if (text.trim() !== '') {
        runs.push(text)
        this.#sawItem = true
      } else if (this.#sawItem || closed < 0) throw invalidList('an item is missing')
    }
    if (closed >= 0) {
      this.#state = 'end'
      assertSpace(bytes, closed + 1)
      this.#pending = new Uint8Array(0)
    } else {
      // Past the comma that follows the last whole item.
      const from = lastEnd > 0 ? lastEnd + 1 : 0
      this.#pending = new Uint8Array(bytes.subarray(from))
      this.#scanned -= from
      if (this.#pending.length > MAX_ITEM_BYTES) {
        throw new VolumeError(
          'VOLUME_LIMIT_EXCEEDED',
          `An entry of the list has more than ${MAX_ITEM_BYTES} bytes`
        )
      }
    }
    return runs
  }

  /** Finds the comma behind the last whole item, and the bracket that closes the array. */
  #scan(bytes: Uint8Array): { lastEnd: number; closed: number } {
    let depth = this.#depth
    let inString = this.#inString
    let lastEnd = 0
    let at = this.#scanned
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!
      if (inString) {
        if (byte === BACKSLASH) at++
        else if (byte === QUOTE) inString = false
      } else if (byte === QUOTE) inString = true
      else if (byte === COMMA) {
        if (depth === 0) lastEnd = at
      } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
        if (++depth > MAX_DEPTH) throw invalidList('it nests too deep')
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth-- === 0) {
          if (byte === CLOSE_ARRAY) return { lastEnd, closed: at }
          throw invalidList('a bracket does not match')
        }
      }
    }
    this.#depth = depth
    this.#inString = inString
    // One beyond the end after a backslash: the byte that it escapes comes with the next chunk.
    this.#scanned = at
    return { lastEnd, closed: -1 }
  }

  #begin(bytes: Uint8Array): number {
    if (bytes.length < 4) return -1
    let at = startsWithBom(bytes) ? 3 : 0
    while (isSpace(bytes[at] ?? 0)) at++
    if (at === bytes.length) {
      if (at > MAX_ITEM_BYTES) throw invalidList('it does not begin')
      return -1
    }
    if (bytes[at] !== OPEN_ARRAY) throw invalidList('it is not an array')
    return at + 1
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw invalidList('it is not valid UTF-8')
  }
}

function assertSpace(bytes: Uint8Array, from: number): void {
  for (let at = from; at < bytes.length; at++)
    if (!isSpace(bytes[at]!)) throw invalidList('something follows its end')
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

export function invalidList(why: string): VolumeError {
  return new VolumeError('VOLUME_LIST_INVALID', `The file list cannot be understood: ${why}`)
}
