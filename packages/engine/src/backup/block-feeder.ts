import { hashBytes as digest, type HashAlgorithm } from '@tercet/crypto'
import type { AddBlockOptions, FinishedVolume, VolumePacker } from '@tercet/core'
import { splitBlocklists } from './segment-plan.ts'
import type { StoredBlocks } from './packed-batch.ts'

/**
 * Blocks that the shared index took for known. Its fingerprints are short, so the catalog has the last word: it
 * compares the whole hash and the length.
 */
export interface HitList {
  readonly ordinals: Uint32Array<ArrayBuffer>
  /** Whole block hashes, one after the other. */
  readonly hashes: Uint8Array<ArrayBuffer>
  readonly sizes: Uint32Array<ArrayBuffer>
}

const NO_OPTIONS: AddBlockOptions = {}
const FORCE: AddBlockOptions = { force: true }

/** Feeds blocks to the volumes of one worker and keeps account of those that seemed to be there already. */
export class BlockFeeder {
  readonly hashBytes: number
  readonly #packer: VolumePacker
  readonly #algorithm: HashAlgorithm
  readonly #blockSizeBytes: number
  readonly #volumes: FinishedVolume[]
  readonly #reported = new Map<number, Uint8Array>()
  #ordinals: number[] = []
  #hashes: Uint8Array[] = []
  #sizes: number[] = []
  /** Store every block, whatever the index says: for entries whose blocks turned out not to be known. */
  force = false

  constructor(
    packer: VolumePacker,
    volumes: FinishedVolume[],
    algorithm: HashAlgorithm,
    hashBytes: number,
    blockSizeBytes: number
  ) {
    this.#packer = packer
    this.#volumes = volumes
    this.#algorithm = algorithm
    this.hashBytes = hashBytes
    this.#blockSizeBytes = blockSizeBytes
  }

  hash(data: Uint8Array): Uint8Array {
    return digest(this.#algorithm, data)
  }

  /** Adds a block of file content or metadata. */
  add(hash: Uint8Array, data: Uint8Array, options: AddBlockOptions = NO_OPTIONS): void {
    const ordinal = this.#packer.addBlock(hash, data, this.force ? { ...options, force: true } : options)
    this.#note(ordinal, hash, data.byteLength)
  }

  /** Stores the blocklists of a stream of two or more blocks; returns their hashes, one after the other. */
  addBlocklists(blockHashes: Uint8Array): { lists: Uint8Array; contents: Uint8Array[] } {
    const contents = [...splitBlocklists(blockHashes, this.#blockSizeBytes, this.hashBytes)]
    const lists = new Uint8Array(contents.length * this.hashBytes)
    contents.forEach((content, index) => {
      const hash = this.hash(content)
      lists.set(hash, index * this.hashBytes)
      this.#note(this.#packer.addBlocklist(hash, content, this.force ? FORCE : NO_OPTIONS), hash, content.byteLength)
    })
    return { lists, contents }
  }

  /** Hits and finished volumes since the last call. */
  take(): StoredBlocks {
    const hashes = new Uint8Array(this.#hashes.length * this.hashBytes)
    this.#hashes.forEach((hash, index) => {
      hashes.set(hash, index * this.hashBytes)
    })
    const hits: HitList = {
      ordinals: Uint32Array.from(this.#ordinals),
      hashes,
      sizes: Uint32Array.from(this.#sizes)
    }
    this.#ordinals = []
    this.#hashes = []
    this.#sizes = []
    this.#reported.clear()
    return { hits, volumes: this.#volumes.splice(0) }
  }

  /** `ordinal` is negative when the block was stored now, or is certainly there. */
  #note(ordinal: number, hash: Uint8Array, sizeBytes: number): void {
    if (ordinal < 0) return
    // The same block is met again and again, such as metadata that many files share.
    const reported = this.#reported.get(ordinal)
    if (reported !== undefined && Buffer.compare(reported, hash) === 0) return
    const kept = hash.slice()
    this.#reported.set(ordinal, kept)
    this.#ordinals.push(ordinal)
    this.#hashes.push(kept)
    this.#sizes.push(sizeBytes)
  }
}
