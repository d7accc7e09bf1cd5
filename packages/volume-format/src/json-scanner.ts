import { decodeBase64Into } from '@tercet/crypto'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const MOST_DEPTH = 32
/** A decoder is called for what is longer: names of properties are not. */
const SHORT = 16

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Thrown for anything that is not JSON of the expected shape; callers turn it into their own error. */
export class JsonShapeError extends Error {}

/**
 * Steps through JSON bytes without making objects: for lists of blocks, which have too many items to parse them whole.
 * The order of properties is up to the caller, and unknown ones are skipped.
 */
export class JsonScanner {
  readonly #bytes: Uint8Array
  #at: number

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes
    this.#at = start
  }

  /** Calls `property` for each key of an object; it must read the value. */
  object(property: (key: string) => void): void {
    this.#expect(0x7b)
    if (this.#accept(0x7d)) return
    do {
      const key = this.string()
      this.#expect(0x3a)
      property(key)
    } while (this.#accept(0x2c))
    this.#expect(0x7d)
  }

  /** Calls `item` for each item of an array; it must read the item. */
  array(item: () => void): void {
    this.#expect(0x5b)
    if (this.#accept(0x5d)) return
    do item()
    while (this.#accept(0x2c))
    this.#expect(0x5d)
  }

  string(): string {
    const [start, end] = this.#stringRange()
    const plain = end - start <= SHORT ? plainText(this.#bytes, start, end) : undefined
    if (plain !== undefined) return plain
    try {
      return JSON.parse(decoder.decode(this.#bytes.subarray(start - 1, end + 1)))
    } catch {
      throw new JsonShapeError('a string is not valid')
    }
  }

  /** A string of standard Base64 with exactly `length` bytes, decoded to `target[at]`. */
  base64(target: Uint8Array, at: number, length: number): void {
    const [start, end] = this.#stringRange()
    let size = -1
    if (this.#bytes.subarray(start, end).indexOf(BACKSLASH) < 0) {
      size =
        (end - start) / 4 <= Math.ceil(length / 3)
          ? decodeBase64Into(this.#bytes, start, end, target, at)
          : -1
    } else {
      this.#at = start - 1
      const text = new TextEncoder().encode(this.string())
      size =
        text.length / 4 <= Math.ceil(length / 3) ? decodeBase64Into(text, 0, text.length, target, at) : -1
    }
    if (size !== length) throw new JsonShapeError(`a hash does not have ${length} bytes`)
  }

  /** A whole number from 0 to `most`. */
  count(most: number): number {
    this.#skipSpace()
    let value = 0
    const start = this.#at
    for (;;) {
      const digit = (this.#bytes[this.#at] ?? 0) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
      if (value > most) throw new JsonShapeError(`a number is larger than ${most}`)
      this.#at++
    }
    if (this.#at === start) throw new JsonShapeError('a number is missing')
    return value
  }

  /** True if `null` is next, which is then stepped over. */
  acceptNull(): boolean {
    this.#skipSpace()
    if (this.#bytes[this.#at] !== 0x6e) return false
    this.skip()
    return true
  }

  /** Steps over any value. */
  skip(depth = 0): void {
    if (depth > MOST_DEPTH) throw new JsonShapeError('it nests too deep')
    this.#skipSpace()
    const first = this.#bytes[this.#at]
    if (first === 0x7b) this.object(() => this.skip(depth + 1))
    else if (first === 0x5b) this.array(() => this.skip(depth + 1))
    else if (first === QUOTE) this.#stringRange()
    else {
      const start = this.#at
      while (isScalarByte(this.#bytes[this.#at] ?? 0)) this.#at++
      if (this.#at === start) throw new JsonShapeError('a value is missing')
    }
  }

  end(): void {
    this.#skipSpace()
    if (this.#at < this.#bytes.length) throw new JsonShapeError('something follows the value')
  }

  /** Position of the first byte within the quotes and of the closing quote. */
  #stringRange(): [start: number, end: number] {
    this.#expect(QUOTE)
    const start = this.#at
    for (let at = start; at < this.#bytes.length; at++) {
      const byte = this.#bytes[at]
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) {
        this.#at = at + 1
        return [start, at]
      }
    }
    throw new JsonShapeError('a string does not end')
  }

  #skipSpace(): void {
    for (;;) {
      const byte = this.#bytes[this.#at]
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #expect(byte: number): void {
    if (!this.#accept(byte)) throw new JsonShapeError(`"${String.fromCharCode(byte)}" is missing`)
  }

  #accept(byte: number): boolean {
    this.#skipSpace()
    if (this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }
}

/** What is in ASCII and stands for itself; undefined where anything else occurs. */
function plainText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte < 0x20 || byte > 0x7e || byte === BACKSLASH) return undefined
    text += String.fromCharCode(byte)
  }
  return text
}

/** Letters, digits and signs of numbers, `true`, `false` and `null`. */
function isScalarByte(byte: number): boolean {
  return (
    (byte >= 0x30 && byte <= 0x39) ||
    (byte >= 0x61 && byte <= 0x7a) ||
    byte === 0x2d ||
    byte === 0x2b ||
    byte === 0x2e ||
    byte === 0x45
  )
}
