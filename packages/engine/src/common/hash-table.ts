const LOAD_NUMERATOR = 2
const LOAD_DENOMINATOR = 3
const FIRST_CAPACITY = 1024

/**
 * Numbers distinct hashes 0, 1, 2 … in order of arrival and finds the number of a hash again. Full hashes are kept
 * and compared, so the answer is exact: about `hashBytes + 7` bytes for each.
 */
export class HashTable {
  readonly hashBytes: number
  #count = 0
  #hashes: Uint8Array
  #slots: Uint32Array

  constructor(hashBytes: number, expected = 0) {
    this.hashBytes = hashBytes
    const capacity = Math.max(FIRST_CAPACITY, expected)
    this.#hashes = new Uint8Array(capacity * hashBytes)
    this.#slots = new Uint32Array(slotsFor(capacity))
  }

  get count(): number {
    return this.#count
  }

  /** The number of the hash at `offset` of `bytes`; -1 when it is not in the table. */
  find(bytes: Uint8Array, offset = 0): number {
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = this.#mix(bytes, offset) & mask; ; slot = (slot + 1) & mask) {
      const number = (slots[slot] as number) - 1
      if (number < 0 || this.#equals(number, bytes, offset)) return number
    }
  }

  /** The number of the hash at `offset` of `bytes`, which is copied into the table when it is new. */
  add(bytes: Uint8Array, offset = 0): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = this.#mix(bytes, offset) & mask
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const number = (slots[slot] as number) - 1
      if (this.#equals(number, bytes, offset)) return number
    }
    const number = this.#count++
    slots[slot] = number + 1
    this.#reserve(this.#count)
    this.#hashes.set(bytes.subarray(offset, offset + this.hashBytes), number * this.hashBytes)
    if (this.#count * LOAD_DENOMINATOR > slots.length * LOAD_NUMERATOR) this.#rehash()
    return number
  }

  /** A view of the hash with this number, valid until the next `add`. */
  hashAt(number: number): Uint8Array {
    return this.#hashes.subarray(number * this.hashBytes, (number + 1) * this.hashBytes)
  }

  /** Hashes are uniform already; the first four bytes are spread a little in case somebody crafted them. */
  #mix(bytes: Uint8Array, offset: number): number {
    const low = (bytes[offset] as number) | ((bytes[offset + 1] as number) << 8)
    const high = ((bytes[offset + 2] as number) << 16) | ((bytes[offset + 3] as number) << 24)
    const other = (bytes[offset + 5] as number) | ((bytes[offset + 7] as number) << 8)
    return (Math.imul(low | high, 0x9e3779b1) ^ Math.imul(other, 0x85ebca6b)) >>> 0
  }

  #equals(number: number, bytes: Uint8Array, offset: number): boolean {
    const hashes = this.#hashes
    const start = number * this.hashBytes
    for (let i = 0; i < this.hashBytes; i++) if (hashes[start + i] !== bytes[offset + i]) return false
    return true
  }

  #reserve(count: number): void {
    if (count * this.hashBytes <= this.#hashes.length) return
    const grown = new Uint8Array(Math.ceil(count * 1.5) * this.hashBytes)
    grown.set(this.#hashes)
    this.#hashes = grown
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let number = 0; number < this.#count; number++) {
      let slot = this.#mix(this.#hashes, number * this.hashBytes) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = number + 1
    }
    this.#slots = slots
  }
}

function slotsFor(count: number): number {
  return 2 ** Math.ceil(Math.log2((count * LOAD_DENOMINATOR) / LOAD_NUMERATOR))
}
