import { type Compressor, createCompressor, type DblockReader, VolumeError } from '@tercet/volume-format'
import type { FinishedVolume } from './finished-volume.ts'
import { OpenVolume } from './open-volume.ts'
import type { VolumeRecipe } from './volume-recipe.ts'

/** Which blocks of a volume are copied. Plain data. */
export interface RepackedBlocks {
  /** Their hashes, one after the other. */
  readonly hashes: Uint8Array
  /** 1 for each that is a blocklist, which the dindex gets a copy of. */
  readonly isList: Uint8Array
  /** The ordinals of the copies are this one and those behind it. */
  readonly firstOrdinal: number
}

/**
 * Copies blocks of stored volumes into new ones, compressed as they are. A volume is looked through before anything of
 * it is copied, so that one which cannot be used leaves no trace.
 */
export class VolumeRepacker implements Disposable {
  readonly #recipe: VolumeRecipe
  readonly #compressor: Compressor
  #volume: OpenVolume | undefined

  constructor(recipe: VolumeRecipe) {
    this.#recipe = recipe
    this.#compressor = createCompressor(recipe.compression)
  }

  /** Blocks that were copied are in a volume that is not finished yet. */
  get isOpen(): boolean {
    return this.#volume !== undefined
  }

  /**
   * Copies blocks, and returns the volumes that were filled by it.
   *
   * @param verify read each block before, as nothing else vouches for the volume
   * @throws VolumeError `VOLUME_BLOCK_DAMAGED`, before anything is copied; CoreError `SPOOL_FULL`, `SPOOL_FAILED`
   */
  copy(source: DblockReader, blocks: RepackedBlocks, verify: boolean): FinishedVolume[] {
    const places = lookThrough(source, blocks, verify)
    const finished: FinishedVolume[] = []
    for (const [i, place] of places.entries()) {
      this.#volume ??= new OpenVolume(this.#recipe, this.#compressor)
      const volume = this.#volume
      const hash = source.hashAt(place).slice()
      volume.addPacked(hash, source.packedBlock(place), blocks.firstOrdinal + i)
      if (blocks.isList[i] === 1) volume.addList(hash, source.readBlock(place))
      if (!volume.isFull) continue
      this.#volume = undefined
      finished.push(volume.finish())
    }
    return finished
  }

  /** Completes the volume that is open. Undefined: there is none. */
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
}

/** Where the blocks are in the volume. */
function lookThrough(source: DblockReader, { hashes, isList }: RepackedBlocks, verify: boolean): Uint32Array {
  const places = new Uint32Array(isList.length)
  const width = hashes.length / Math.max(1, isList.length)
  for (let i = 0; i < places.length; i++) {
    const place = source.find(hashes, i * width)
    if (place < 0)
      throw new VolumeError('VOLUME_BLOCK_DAMAGED', 'The volume lacks a block that was stored in it')
    places[i] = place
    if (verify || isList[i] === 1) source.readBlock(place)
  }
  return places
}
