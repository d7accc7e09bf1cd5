import { join } from 'node:path'
import { PageCache } from '@tercet/native'
import {
  type Compressor,
  createDblockWriter,
  createDindexWriter,
  type DblockWriter,
  type DindexWriter,
  type PackedBlock
} from '@tercet/volume-format'
import { type FinishedVolume, OrdinalRuns, type VolumeFile } from './finished-volume.ts'
import { VolumeFileWriter } from './volume-file-writer.ts'
import { newVolumeName, type VolumeRecipe } from './volume-recipe.ts'

/** A volume that is being filled, with the dindex that goes with it. */
export class OpenVolume {
  readonly #recipe: VolumeRecipe
  readonly #compressor: Compressor
  readonly #createdAt: Date
  readonly #name: string
  readonly #file: VolumeFileWriter
  readonly #writer: DblockWriter
  readonly #ordinals = new OrdinalRuns()
  #index: OpenIndex | undefined
  #contentBytes = 0

  /** @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED` */
  constructor(recipe: VolumeRecipe, compressor: Compressor) {
    this.#recipe = recipe
    this.#compressor = compressor
    this.#createdAt = new Date((recipe.clock ?? Date.now)())
    this.#name = newVolumeName(recipe, 'dblock')
    this.#file = createFile(recipe, this.#name)
    this.#writer = createDblockWriter({
      ...writerOptions(recipe, this.#file, compressor, this.#createdAt),
      dblockSizeBytes: recipe.dblockSizeBytes
    })
  }

  get isFull(): boolean {
    return this.#writer.isFull
  }

  get blockCount(): number {
    return this.#writer.blockCount
  }

  /** Whether the block with this ordinal went into this volume. */
  hasOrdinal(ordinal: number): boolean {
    return this.#ordinals.has(ordinal)
  }

  /** False: the block is in this volume already, and `ordinal` remains unused. */
  add(hash: Uint8Array, data: Uint8Array, ordinal: number, hint: 'auto' | 'store'): boolean {
    return this.#writer.addBlock(hash, data, hint) && this.#added(ordinal, data.length)
  }

  /** The same for a block of another volume, copied as it is compressed there. */
  addPacked(hash: Uint8Array, block: PackedBlock, ordinal: number): boolean {
    return this.#writer.addPackedBlock(hash, block) && this.#added(ordinal, block.sizeBytes)
  }

  /** Puts a copy of a blocklist into the dindex, straight to its file, so that lists take no memory here. */
  addList(hash: Uint8Array, data: Uint8Array): void {
    if (this.#recipe.indexPolicy !== 'full') return
    this.#index ??= this.#openIndex()
    this.#index.writer.addList(hash, data)
  }

  /** Completes both files. @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED` */
  finish(): FinishedVolume {
    const { hashes, sizes } = this.#writer.finish()
    const dblock: VolumeFile = { name: this.#name, path: this.#file.path, ...this.#file.finish() }
    const volume = { dblock, hashes, sizes }
    return {
      dblock,
      dindex: this.#recipe.indexPolicy === 'none' ? undefined : this.#finishIndex(volume),
      runs: this.#ordinals.all(),
      hashes,
      sizes,
      contentBytes: this.#contentBytes
    }
  }

  /** Removes both files. */
  discard(): void {
    this.#file.discard()
    this.#index?.file.discard()
  }

  #added(ordinal: number, sizeBytes: number): true {
    this.#ordinals.add(ordinal)
    this.#contentBytes += sizeBytes
    return true
  }

  #openIndex(): OpenIndex {
    const name = newVolumeName(this.#recipe, 'dindex')
    const file = createFile(this.#recipe, name)
    const writer = createDindexWriter(writerOptions(this.#recipe, file, this.#compressor, this.#createdAt))
    return { name, file, writer }
  }

  #finishIndex(volume: Pick<FinishedVolume, 'dblock' | 'hashes' | 'sizes'>): VolumeFile {
    this.#index ??= this.#openIndex()
    const { name, file, writer } = this.#index
    writer.addVolume({
      name: volume.dblock.name,
      hashes: volume.hashes,
      sizes: volume.sizes,
      volumeHash: volume.dblock.hash,
      volumeSize: volume.dblock.sizeBytes
    })
    writer.finish()
    return { name, path: file.path, ...file.finish() }
  }
}

interface OpenIndex {
  readonly name: string
  readonly file: VolumeFileWriter
  readonly writer: DindexWriter
}

function createFile(recipe: VolumeRecipe, name: string): VolumeFileWriter {
  return new VolumeFileWriter({
    path: join(recipe.spoolFolder, name),
    key: recipe.key,
    fileHash: recipe.settings.fileHash,
    pages: recipe.writeBehind === true ? new PageCache() : undefined
  })
}

function writerOptions(
  recipe: VolumeRecipe,
  sink: VolumeFileWriter,
  compressor: Compressor,
  createdAt: Date
) {
  const { settings, appVersion } = recipe
  return { sink, settings, compressor, createdAt, ...(appVersion === undefined ? {} : { appVersion }) }
}
