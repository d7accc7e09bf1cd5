import type { BlockOptions, FinishedVolume, VolumePacker } from '@tercet/core'
import { hashBytes as digest, hashSizeBytes } from '@tercet/crypto'
import { splitBlocklists, type VolumeSettings } from '@tercet/volume-format'
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

const NO_OPTIONS: BlockOptions = {}
const FORCE: BlockOptions = { force: true }

/** Feeds blocks to the volumes of one worker and keeps account of those that seemed to be there already. */
export class BlockFeeder {
  readonly hashBytes: number
  readonly #packer: VolumePacker
  readonly #settings: VolumeSettings
  readonly #volumes: FinishedVolume[]
  readonly #reported = new Map<number, Uint8Array>()
  #ordinals: number[] = []
  #hashes: Uint8Array[] = []
  #sizes: number[] = []
  /** Store every block, whatever the index says: for entries whose blocks turned out not to be known. */
  force = false

  /** `volumes` is where the packer puts the volumes that it finishes. */
  constructor(packer: VolumePacker, volumes: FinishedVolume[], settings: VolumeSettings) {
    this.#packer = packer
    this.#volumes = volumes
    this.#settings = settings
    this.hashBytes = hashSizeBytes(settings.blockHash)
  }

  hash(data: Uint8Array): Uint8Array {
    return digest(this.#settings.blockHash, data)
  }

  /** Adds a block of file content or metadata. */
  add(hash: Uint8Array, data: Uint8Array, options: BlockOptions = NO_OPTIONS): void {
    const ordinal = this.#packer.addBlock(hash, data, this.force ? { ...options, force: true } : options)
    this.#note(ordinal, hash, data.byteLength)
  }

  /** Stores the blocklists of a stream of two or more blocks, and returns them with their hashes. */
  addBlocklists(blockHashes: Uint8Array): { blocklists: Uint8Array[]; contents: Uint8Array[] } {
    const contents = [...splitBlocklists(blockHashes, this.#settings)]
    const blocklists = contents.map((content) => {
      const hash = this.hash(content)
      const ordinal = this.#packer.addBlocklist(hash, content, this.force ? FORCE : NO_OPTIONS)
      this.#note(ordinal, hash, content.byteLength)
      return hash.slice()
    })
    return { blocklists, contents }
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
