/**
 * Finds a hash among packed hashes: open addressing over their first four bytes, which are random already. Eight bytes
 * an entry at most, and no object for any.
 */
export class HashIndex {
  readonly #hashSize: number
  #hashes: Uint8Array
  /** Ordinal + 1 of the hash in each slot; 0: free. */
  #slots: Uint32Array
  #count = 0

  constructor(hashSize: number, capacity = 64) {
    this.#hashSize = hashSize
    this.#hashes = new Uint8Array(hashSize * Math.max(capacity, 1))
    this.#slots = new Uint32Array(slotsFor(capacity))
  }

  get count(): number {
    return this.#count
  }

  /** All hashes in the order in which they were added, packed; adding more makes this view stale. */
  hashes(): Uint8Array {
    return this.#hashes.subarray(0, this.#count * this.#hashSize)
  }

  /** Ordinal of the hash at `bytes[offset]`, or -1. */
  find(bytes: Uint8Array, offset = 0): number {
    const ordinal = this.#slots[this.#slot(bytes, offset)]!
    return ordinal - 1
  }

  /** Adds the hash at `bytes[offset]`; returns its ordinal, or -1 when it is there already. */
  add(bytes: Uint8Array, offset = 0): number {
    const slot = this.#slot(bytes, offset)
    if (this.#slots[slot] !== 0) return -1
    const at = this.#count * this.#hashSize
    if (at + this.#hashSize > this.#hashes.length) {
      const grown = new Uint8Array(this.#hashes.length * 2)
      grown.set(this.#hashes)
      this.#hashes = grown
    }
    for (let i = 0; i < this.#hashSize; i++) this.#hashes[at + i] = bytes[offset + i]!
    this.#slots[slot] = ++this.#count
    if (this.#count * 2 > this.#slots.length) this.#rehash()
    return this.#count - 1
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  #slot(bytes: Uint8Array, offset: number): number {
    const mask = this.#slots.length - 1
    let slot = fingerprint(bytes, offset) & mask
    for (;;) {
      const ordinal = this.#slots[slot]!
      if (ordinal === 0 || this.equals(ordinal - 1, bytes, offset)) return slot
      slot = (slot + 1) & mask
    }
  }

  /** Whether the hash with this ordinal is the one at `bytes[offset]`. */
  equals(ordinal: number, bytes: Uint8Array, offset = 0): boolean {
    const at = ordinal * this.#hashSize
    for (let i = 0; i < this.#hashSize; i++) if (this.#hashes[at + i] !== bytes[offset + i]) return false
    return true
  }

  #rehash(): void {
    this.#slots = new Uint32Array(this.#slots.length * 2)
    const mask = this.#slots.length - 1
    for (let ordinal = 0; ordinal < this.#count; ordinal++) {
      let slot = fingerprint(this.#hashes, ordinal * this.#hashSize) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = ordinal + 1
    }
  }
}

function slotsFor(capacity: number): number {
  let slots = 128
  while (slots < capacity * 2) slots *= 2
  return slots
}

function fingerprint(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset]! | (bytes[offset + 1]! << 8) | (bytes[offset + 2]! << 16) | (bytes[offset + 3]! << 24)) >>>
    0
  )
}
