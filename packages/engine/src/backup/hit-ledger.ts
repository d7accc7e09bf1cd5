import { uint32List } from '../common/growable.ts'
import { HashTable } from '../common/hash-table.ts'
import type { HitList } from './block-feeder.ts'

/** Says, by position, which blocks are not what their ordinals stand for, and, rising, which ordinals it does not know. */
export type ConfirmHits = (
  ordinals: Uint32Array,
  hashes: Uint8Array,
  sizes: Uint32Array
) => { readonly mismatched: ArrayLike<number>; readonly unknown: Iterable<number> }

/** Open hits at which it is worth asking the catalog. */
const SETTLE_AT = 65_536

/**
 * Keeps the hits of the block index, packed, until the catalog has confirmed them. A hit in a volume that is still open
 * is not known there yet and stays, once: files of the same moment have the same metadata, which may be hit a million
 * times. What is not known when all volumes are finished was no hit.
 */
export class HitLedger {
  readonly #confirm: ConfirmHits
  readonly #hashBytes: number
  readonly #settleAt: number
  #ordinals = new Uint32Array(0)
  #hashes = new Uint8Array(0)
  #sizes = new Uint32Array(0)
  #open = 0
  #nextSettle: number
  #falseHits = 0

  constructor(confirm: ConfirmHits, hashBytes: number, settleAt = SETTLE_AT) {
    this.#confirm = confirm
    this.#hashBytes = hashBytes
    this.#settleAt = settleAt
    this.#nextSettle = settleAt
  }

  get openCount(): number {
    return this.#open
  }

  add(hits: HitList): void {
    this.#reserve(hits.ordinals.length)
    this.#ordinals.set(hits.ordinals, this.#open)
    this.#hashes.set(hits.hashes, this.#open * this.#hashBytes)
    this.#sizes.set(hits.sizes, this.#open)
    this.#open += hits.ordinals.length
    if (this.#open < this.#nextSettle) return
    this.#settle()
    this.#nextSettle = this.#open * 2 + this.#settleAt
  }

  /** How many different hits were none. To be called when every volume is in the catalog. */
  finish(): number {
    this.#settle()
    const found = this.#falseHits + this.#open
    this.#falseHits = 0
    this.#open = 0
    return found
  }

  #settle(): void {
    if (this.#open === 0) return
    const { mismatched, unknown } = this.#confirm(
      this.#ordinals.subarray(0, this.#open),
      this.#hashes.subarray(0, this.#open * this.#hashBytes),
      this.#sizes.subarray(0, this.#open)
    )
    this.#falseHits += mismatched.length
    this.#open = 0
    const kept = new HashTable(this.#hashBytes)
    const ordinalOf = uint32List()
    for (const position of unknown) {
      const ordinal = this.#ordinals[position]!
      const number = kept.add(this.#hashes, position * this.#hashBytes)
      if (number === ordinalOf.length) ordinalOf.push(ordinal)
      else if (ordinalOf.at(number) === ordinal) continue
      this.#keep(position)
    }
  }

  /** Moves a hit to the end of those that stay; positions rise, so nothing is overwritten that is still needed. */
  #keep(position: number): void {
    const to = this.#open++
    const width = this.#hashBytes
    this.#ordinals[to] = this.#ordinals[position]!
    this.#sizes[to] = this.#sizes[position]!
    this.#hashes.copyWithin(to * width, position * width, (position + 1) * width)
  }

  #reserve(count: number): void {
    const needed = this.#open + count
    if (needed <= this.#ordinals.length) return
    const capacity = Math.max(needed, Math.ceil(this.#ordinals.length * 1.5))
    this.#ordinals = grown(this.#ordinals, new Uint32Array(capacity))
    this.#hashes = grown(this.#hashes, new Uint8Array(capacity * this.#hashBytes))
    this.#sizes = grown(this.#sizes, new Uint32Array(capacity))
  }
}

function grown<List extends Uint8Array | Uint32Array>(from: List, to: List): List {
  to.set(from)
  return to
}
