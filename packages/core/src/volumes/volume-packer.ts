import { type Compressor, createCompressor } from '@tercet/volume-format'
import type { FinishedVolume } from './finished-volume.ts'
import { OpenVolume } from './open-volume.ts'
import type { VolumeRecipe } from './volume-recipe.ts'

/** The part of the block index that packing needs. */
export interface BlockClaims {
  /** The ordinal of a block with this hash, or -1 when there was none: then it has `newOrdinal` from now on. */
  claim(hash: Uint8Array, offset: number, newOrdinal: number): number
  /** Enters a block in any case. */
  add(hash: Uint8Array, offset: number, ordinal: number): void
  /** Takes `count` consecutive ordinals for the caller alone and returns the first. */
  reserveOrdinals(count: number): number
}

export interface VolumePackerOptions extends VolumeRecipe {
  readonly index: BlockClaims
  /** Called with each volume that is full, during the call that filled it. */
  onVolume(volume: FinishedVolume): void
}

export interface BlockOptions {
  /** `store`: known not to compress. @defaultValue 'auto' */
  readonly hint?: 'auto' | 'store' | undefined
  /** Store it even if the index knows the hash: for a block that it mistook for another. @defaultValue false */
  readonly force?: boolean | undefined
}

/** The block was new, and is in the open volume now. */
export const BLOCK_STORED = -1
/** The block is in the open volume, certainly: whole hashes were compared. */
export const BLOCK_IN_OPEN_VOLUME = -2

/** Ordinals taken at once, so that threads rarely meet at the counter. */
const RESERVED_ORDINALS = 256
const NO_OPTIONS: BlockOptions = Object.freeze({})
const BLOCKLIST: BlockOptions = Object.freeze({ hint: 'store' })
const FORCED_BLOCKLIST: BlockOptions = Object.freeze({ hint: 'store', force: true })

/**
 * Fills volumes with blocks, one after the other: dedup against the shared index, compress, pack, encrypt, hash, spool,
 * all in the calling thread. After an error of the spool the packer is of no use, nor is the index, which counts on the
 * blocks that were lost: the run must end.
 */
export class VolumePacker implements Disposable {
  readonly #options: VolumePackerOptions
  readonly #compressor: Compressor
  #volume: OpenVolume | undefined
  #nextOrdinal = 0
  #ordinalsEnd = 0

  constructor(options: VolumePackerOptions) {
    this.#options = options
    this.#compressor = createCompressor(options.compression)
  }

  /**
   * Sees to it that a block is stored. Returns {@link BLOCK_STORED}, {@link BLOCK_IN_OPEN_VOLUME}, or the ordinal (0 or
   * more) of a block that has the same fingerprint: probably this one, which the catalog can confirm.
   *
   * @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`
   */
  addBlock(hash: Uint8Array, data: Uint8Array, options: BlockOptions = NO_OPTIONS): number {
    return this.#add(hash, data, options, false)
  }

  /** The same for a blocklist. A copy goes into the dindex of the volume that has it. */
  addBlocklist(
    hash: Uint8Array,
    data: Uint8Array,
    options: Pick<BlockOptions, 'force'> = NO_OPTIONS
  ): number {
    return this.#add(hash, data, options.force === true ? FORCED_BLOCKLIST : BLOCKLIST, true)
  }

  /** Completes the volume that is open, without `onVolume`. Undefined: there is none. */
  finish(): FinishedVolume | undefined {
    const volume = this.#volume
    this.#volume = undefined
    return volume?.finish()
  }

  /** Removes the files of the volume that is open, and frees the compressor. */
  [Symbol.dispose](): void {
    this.#volume?.discard()
    this.#volume = undefined
    this.#compressor[Symbol.dispose]()
  }

  #add(hash: Uint8Array, data: Uint8Array, options: BlockOptions, isList: boolean): number {
    const { index } = this.#options
    const ordinal = this.#peekOrdinal()
    const candidate = options.force === true ? undefined : index.claim(hash, 0, ordinal)
    if (candidate !== undefined && candidate >= 0 && this.#volume?.hasOrdinal(candidate) !== true)
      return candidate
    this.#volume ??= new OpenVolume(this.#options, this.#compressor)
    const volume = this.#volume
    // The volume compares whole hashes, and so tells a block that it has from one that only looks like it.
    const stored = volume.add(hash, data, ordinal, options.hint ?? 'auto')
    if (isList) volume.addList(hash, data)
    if (!stored) return BLOCK_IN_OPEN_VOLUME
    this.#nextOrdinal++
    if (candidate !== -1) index.add(hash, 0, ordinal)
    if (volume.isFull) this.#rollOver(volume)
    return BLOCK_STORED
  }

  #rollOver(volume: OpenVolume): void {
    this.#volume = undefined
    this.#options.onVolume(volume.finish())
  }

  #peekOrdinal(): number {
    if (this.#nextOrdinal === this.#ordinalsEnd) {
      this.#nextOrdinal = this.#options.index.reserveOrdinals(RESERVED_ORDINALS)
      this.#ordinalsEnd = this.#nextOrdinal + RESERVED_ORDINALS
    }
    return this.#nextOrdinal
  }
}
