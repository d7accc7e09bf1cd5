import type { HitList } from './block-feeder.ts'

/** Says, by position, which blocks are not what their ordinals stand for, and which ordinals it does not know. */
export type ConfirmHits = (
  ordinals: Uint32Array,
  hashes: Uint8Array,
  sizes: Uint32Array
) => { readonly mismatched: ArrayLike<number>; readonly unknown: Iterable<number> }

/** Open hits at which it is worth asking the catalog. */
const SETTLE_AT = 65_536

/**
 * Keeps the hits of the block index until the catalog has confirmed them. A hit in a volume that is still open is not
 * known there yet and stays; what is not known when all volumes are finished was no hit.
 */
export class HitLedger {
  readonly #confirm: ConfirmHits
  readonly #hashBytes: number
  readonly #settleAt: number
  #ordinals: number[] = []
  #hashes: Uint8Array[] = []
  #sizes: number[] = []
  #nextSettle: number
  #falseHits = 0

  constructor(confirm: ConfirmHits, hashBytes: number, settleAt = SETTLE_AT) {
    this.#confirm = confirm
    this.#hashBytes = hashBytes
    this.#settleAt = settleAt
    this.#nextSettle = settleAt
  }

  get openCount(): number {
    return this.#ordinals.length
  }

  add(hits: HitList): void {
    hits.ordinals.forEach((ordinal, index) => {
      this.#ordinals.push(ordinal)
      this.#hashes.push(hits.hashes.subarray(index * this.#hashBytes, (index + 1) * this.#hashBytes))
      this.#sizes.push(hits.sizes[index]!)
    })
    if (this.#ordinals.length < this.#nextSettle) return
    this.#settle()
    this.#nextSettle = this.#ordinals.length * 2 + this.#settleAt
  }

  /** Number of hits that were none. To be called when every volume is in the catalog. */
  finish(): number {
    this.#settle()
    const found = this.#falseHits + this.#ordinals.length
    this.#falseHits = 0
    this.#ordinals = []
    this.#hashes = []
    this.#sizes = []
    return found
  }

  #settle(): void {
    if (this.#ordinals.length === 0) return
    const { mismatched, unknown } = this.#confirm(
      Uint32Array.from(this.#ordinals),
      Buffer.concat(this.#hashes),
      Uint32Array.from(this.#sizes)
    )
    this.#falseHits += mismatched.length
    const open = [...unknown]
    this.#ordinals = open.map((position) => this.#ordinals[position]!)
    this.#hashes = open.map((position) => this.#hashes[position]!.slice())
    this.#sizes = open.map((position) => this.#sizes[position]!)
  }
}
