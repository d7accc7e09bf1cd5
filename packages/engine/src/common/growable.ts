type NumberArray = Uint8Array | Int32Array | Uint32Array | Float64Array

/** A typed array that grows at its end: numbers without an object each. */
export class NumberList<T extends NumberArray> {
  #items: T
  #length = 0
  readonly #create: (length: number) => T

  constructor(create: (length: number) => T) {
    this.#create = create
    this.#items = create(256)
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#items.length) {
      const grown = this.#create(Math.ceil(this.#items.length * 1.5))
      grown.set(this.#items)
      this.#items = grown
    }
    this.#items[this.#length++] = value
  }

  at(index: number): number {
    return this.#items[index] as number
  }

  set(index: number, value: number): void {
    this.#items[index] = value
  }

  /** A view of what was pushed, valid until the next `push`. */
  view(): T {
    return this.#items.subarray(0, this.#length) as T
  }
}

export const uint8List = (): NumberList<Uint8Array> => new NumberList((length) => new Uint8Array(length))
export const uint32List = (): NumberList<Uint32Array> => new NumberList((length) => new Uint32Array(length))
export const float64List = (): NumberList<Float64Array> =>
  new NumberList((length) => new Float64Array(length))

/** Byte strings one after the other in one buffer. */
export class PackedBytes {
  #bytes = new Uint8Array(4096)
  #used = 0
  readonly #ends = float64List()

  get count(): number {
    return this.#ends.length
  }

  get sizeBytes(): number {
    return this.#used
  }

  push(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#used)
    this.#used += bytes.length
    this.#ends.push(this.#used)
  }

  /** A view, valid until the next `push`. */
  at(index: number): Uint8Array {
    return this.#bytes.subarray(index === 0 ? 0 : this.#ends.at(index - 1), this.#ends.at(index))
  }

  /** The bytes of all, and where each ends: plain data that can be sent to another thread. */
  pack(): PackedRecord {
    return { bytes: this.#bytes.slice(0, this.#used), ends: Float64Array.from(this.#ends.view()) }
  }

  pushText(text: string): void {
    this.#reserve(text.length * 3)
    this.#used += encoder.encodeInto(text, this.#bytes.subarray(this.#used)).written
    this.#ends.push(this.#used)
  }

  textAt(index: number): string {
    return decoder.decode(this.at(index))
  }

  #reserve(extra: number): void {
    if (this.#used + extra <= this.#bytes.length) return
    const grown = new Uint8Array(Math.ceil((this.#used + extra) * 1.5))
    grown.set(this.#bytes.subarray(0, this.#used))
    this.#bytes = grown
  }
}

/** What {@link PackedBytes.pack} makes. */
export interface PackedRecord {
  readonly bytes: Uint8Array
  readonly ends: Float64Array
}

/** The byte string with this index; a view. */
export function packedAt(packed: PackedRecord, index: number): Uint8Array {
  return packed.bytes.subarray(index === 0 ? 0 : packed.ends[index - 1], packed.ends[index])
}

export function packedTextAt(packed: PackedRecord, index: number): string {
  return decoder.decode(packedAt(packed, index))
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
