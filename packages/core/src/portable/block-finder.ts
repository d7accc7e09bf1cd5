import { hashSizeBytes, toBase64 } from '@tercet/crypto'
import type { VolumeName, VolumeProblem, VolumeSettings } from '@tercet/volume-format'
import { CoreError } from '../core-error.ts'
import { BlockPlaces } from './block-places.ts'
import type { ListedVolumes } from './listed-volumes.ts'
import { isVolumeDamage, type VolumeOpener } from './volume-opener.ts'

/** Copies of blocklists out of dindexes are kept up to this; beyond, they are read from dblocks as other blocks are. */
const MAX_LIST_BYTES = 64 * 1024 * 1024

export interface IndexProgress {
  /** Volumes that were read, of `total`. */
  readonly done: number
  readonly total: number
}

export interface FindBlockOptions {
  readonly signal?: AbortSignal | undefined
  readonly onProblem?: ((problem: VolumeProblem) => void) | undefined
  readonly onProgress?: ((progress: IndexProgress) => void) | undefined
}

/**
 * Finds blocks: by what the dindexes say, which are read when the first block is wanted; where they are missing, wrong or
 * lead to a damaged volume, by looking into the dblocks themselves.
 */
export class BlockFinder {
  readonly #volumes: ListedVolumes
  readonly #opener: VolumeOpener
  readonly #places: BlockPlaces
  readonly #lists = new Map<string, Uint8Array>()
  #listBytes = 0
  #isIndexed = false
  /** Dblocks whose own directory is in the places, or which cannot be read. */
  readonly #scanned = new Set<number>()

  constructor(volumes: ListedVolumes, opener: VolumeOpener, settings: VolumeSettings) {
    this.#volumes = volumes
    this.#opener = opener
    this.#places = new BlockPlaces(hashSizeBytes(settings.blockHash))
  }

  /**
   * Content of the blocklist with this hash; a copy.
   *
   * @throws CoreError `BLOCK_NOT_FOUND`
   */
  async blocklist(hash: Uint8Array, options: FindBlockOptions): Promise<Uint8Array> {
    await this.#index(options)
    return this.#lists.get(toBase64(hash)) ?? new Uint8Array(await this.block(hash, options))
  }

  /**
   * Content of the block with this hash, verified. Valid until the next call.
   *
   * @throws CoreError `BLOCK_NOT_FOUND`
   */
  async block(hash: Uint8Array, options: FindBlockOptions): Promise<Uint8Array> {
    await this.#index(options)
    for (const volume of this.#places.of(hash)) {
      const block = await this.#read(volume, hash, options)
      if (block !== undefined) return block
    }
    for (let volume = 0; volume < this.#volumes.dblocks.length; volume++) {
      if (this.#scanned.has(volume)) continue
      const block = await this.#read(volume, hash, options)
      if (block !== undefined) return block
    }
    const name = toBase64(hash)
    throw new CoreError('BLOCK_NOT_FOUND', `No volume that can be read holds the block ${name}`, {
      context: { block: name }
    })
  }

  async #read(volume: number, hash: Uint8Array, options: FindBlockOptions): Promise<Uint8Array | undefined> {
    const name = this.#volumes.dblocks[volume]!
    try {
      const dblock = await this.#opener.dblock(name, options.signal)
      if (!this.#scanned.has(volume)) {
        this.#scanned.add(volume)
        this.#places.add(dblock.hashes, volume)
      }
      const block = dblock.find(hash)
      return block < 0 ? undefined : dblock.readBlock(block)
    } catch (error) {
      if (!isVolumeDamage(error)) throw error
      this.#scanned.add(volume)
      report(options, name, error)
      return undefined
    }
  }

  async #index(options: FindBlockOptions): Promise<void> {
    if (this.#isIndexed) return
    const { dindexes, dblocks } = this.#volumes
    // By id: volumes that were encrypted or packed anew keep it, and the dindex names the old one.
    const numbers = new Map(dblocks.map(({ id }, number) => [id, number]))
    for (const [at, name] of dindexes.entries()) {
      options.onProgress?.({ done: at, total: dindexes.length })
      try {
        await this.#readDindex(name, numbers, options)
      } catch (error) {
        if (!isVolumeDamage(error)) throw error
        report(options, name, error)
      }
    }
    options.onProgress?.({ done: dindexes.length, total: dindexes.length })
    this.#isIndexed = true
  }

  async #readDindex(
    name: VolumeName,
    numbers: ReadonlyMap<string, number>,
    options: FindBlockOptions
  ): Promise<void> {
    using opened = await this.#opener.open('dindex', name, options.signal)
    for (const { parsed, hashes } of opened.reader.volumes()) {
      const number = numbers.get(parsed.id)
      if (number !== undefined) this.#places.add(hashes, number)
    }
    for (const { hash, bytes } of opened.reader.lists()) {
      if (this.#listBytes + bytes.length > MAX_LIST_BYTES) continue
      this.#listBytes += bytes.length
      this.#lists.set(toBase64(hash), new Uint8Array(bytes))
    }
    for (const problem of opened.reader.problems) options.onProblem?.(problem)
  }
}

function report(options: FindBlockOptions, { name }: VolumeName, error: unknown): void {
  const { code, message } = error as VolumeProblem
  options.onProblem?.({ code, message: `${name}: ${message}`, path: name })
}
