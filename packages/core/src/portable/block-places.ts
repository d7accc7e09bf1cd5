import { HashIndex } from '@tercet/volume-format'

/** Which dblocks are said to hold a block: packed, some 50 bytes a block; further copies are few. */
export class BlockPlaces {
  readonly #hashes: HashIndex
  readonly #hashSize: number
  #first = new Uint32Array(1024)
  readonly #more = new Map<number, number[]>()

  constructor(hashSize: number) {
    this.#hashSize = hashSize
    this.#hashes = new HashIndex(hashSize)
  }

  /** Notes that dblock number `volume` holds all of the packed `hashes`. */
  add(hashes: Uint8Array, volume: number): void {
    for (let at = 0; at + this.#hashSize <= hashes.length; at += this.#hashSize) {
      const ordinal = this.#hashes.add(hashes, at)
      if (ordinal >= 0) this.#setFirst(ordinal, volume)
      else this.#addCopy(this.#hashes.find(hashes, at), volume)
    }
  }

  /** Numbers of the dblocks that may hold a block. */
  of(hash: Uint8Array): readonly number[] {
    const ordinal = this.#hashes.find(hash)
    return ordinal < 0 ? [] : [this.#first[ordinal]!, ...(this.#more.get(ordinal) ?? [])]
  }

  #setFirst(ordinal: number, volume: number): void {
    if (ordinal >= this.#first.length) {
      const grown = new Uint32Array(this.#first.length * 2)
      grown.set(this.#first)
      this.#first = grown
    }
    this.#first[ordinal] = volume
  }

  #addCopy(ordinal: number, volume: number): void {
    if (this.#first[ordinal] === volume) return
    const copies = this.#more.get(ordinal)
    if (copies === undefined) this.#more.set(ordinal, [volume])
    else if (!copies.includes(volume)) copies.push(volume)
  }
}
