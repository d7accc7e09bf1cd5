/** Turns block hashes into table keys. One per thread: the last key is left in `high` and `low`. */
export class Fingerprint {
  /** Upper 32 bits of the last key. */
  high = 0
  /** Lower 32 bits of the last key. */
  low = 0
  readonly #factorHigh: number
  readonly #factorLow: number
  readonly #maskHigh: number
  readonly #maskLow: number

  /**
   * The factor is secret and odd: multiplied by it, the first eight bytes of hashes spread evenly even where whoever
   * wrote the destination chose them to fall on one spot. `bits` keeps fewer of them, for tests that need collisions.
   */
  constructor(factorHigh: number, factorLow: number, bits: number) {
    this.#factorHigh = factorHigh
    this.#factorLow = factorLow
    this.#maskHigh = bits >= 32 ? 0xffffffff : (0xffffffff << (32 - bits)) >>> 0
    this.#maskLow = bits >= 64 ? 0xffffffff : bits <= 32 ? 0 : (0xffffffff << (64 - bits)) >>> 0
  }

  /** Sets `high` and `low` to the key of the hash at this offset: its first 64 bits times the factor, modulo 2^64. */
  take(hash: Uint8Array, offset: number): void {
    const high = word(hash, offset) & this.#maskHigh
    const low = word(hash, offset + 4) & this.#maskLow
    this.low = Math.imul(low, this.#factorLow) >>> 0
    this.high =
      (upperProduct(low >>> 0, this.#factorLow) +
        Math.imul(high, this.#factorLow) +
        Math.imul(low, this.#factorHigh)) >>>
      0
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number)
  )
}

/** Upper 32 bits of the 64-bit product of two 32-bit numbers. */
function upperProduct(a: number, b: number): number {
  const a0 = a & 0xffff
  const a1 = a >>> 16
  const b0 = b & 0xffff
  const b1 = b >>> 16
  const middle = a1 * b0 + ((a0 * b0) >>> 16)
  return (a1 * b1 + Math.floor(middle / 0x10000) + ((middle & 0xffff) + a0 * b1) / 0x10000) >>> 0
}
