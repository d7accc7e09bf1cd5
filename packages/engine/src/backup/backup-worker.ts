import {
  BlockIndex,
  type BlockIndexHandle,
  type FinishedVolume,
  importVolumeKey,
  mergeVolumes,
  type Transferred,
  transferring,
  type VolumeKeyData,
  VolumePacker,
  type VolumeRecipe
} from '@tercet/core'
import { loadNative } from '@tercet/native'
import { createStatReader, MetadataReader } from '@tercet/source-fs'
import { maxMetadataBytes } from '@tercet/volume-format'
import {
  BigFilePacker,
  type FinishFileJob,
  type HashRangeJob,
  type SegmentAnswer,
  type SegmentJob
} from './big-file-packer.ts'
import { BlockFeeder } from './block-feeder.ts'
import { EntryPacker } from './entry-packer.ts'
import type { LinkedContents } from './linked-contents.ts'
import { type PackedBatch, packedBatchBuffers, storedBuffers } from './packed-batch.ts'
import type { ScanBatch } from './scan-batch.ts'
import { StreamPacker } from './stream-packer.ts'

/** What a pack worker is told when it starts. Secret: it holds the derived key. */
export interface PackSetup {
  readonly recipe: Omit<VolumeRecipe, 'key' | 'clock' | 'random'>
  readonly key: VolumeKeyData | undefined
  readonly index: BlockIndexHandle
  readonly storeMetadata: boolean
  readonly followLinks: boolean
  readonly tornReadRetries: number
}

export interface PackJob {
  readonly batch: ScanBatch
  /** Store every block, whatever the index says. */
  readonly force: boolean
  /** What is known of files by other names. */
  readonly linked?: LinkedContents | undefined
}

/** The state of one pack worker: one open volume, one set of buffers. */
export class BackupWorker implements Disposable {
  readonly #recipe: VolumeRecipe
  readonly #packer: VolumePacker
  readonly #feeder: BlockFeeder
  readonly #entries: EntryPacker
  readonly #bigFiles: BigFilePacker

  constructor(setup: PackSetup) {
    const { settings } = setup.recipe
    const volumes: FinishedVolume[] = []
    this.#recipe = { ...setup.recipe, key: setup.key && importVolumeKey(setup.key) }
    this.#packer = new VolumePacker({
      ...this.#recipe,
      index: BlockIndex.attach(setup.index),
      onVolume: (volume) => volumes.push(volume)
    })
    this.#feeder = new BlockFeeder(this.#packer, volumes, settings)
    const streams = new StreamPacker(this.#feeder, settings)
    const native = loadNative()
    const stats = createStatReader(native)
    const metadata = new MetadataReader({
      native,
      skipMetadata: !setup.storeMetadata,
      maxBytes: maxMetadataBytes(settings)
    })
    this.#entries = new EntryPacker(this.#feeder, streams, stats, metadata, {
      settings,
      followLinks: setup.followLinks,
      tornReadRetries: setup.tornReadRetries,
      clock: Date.now
    })
    this.#bigFiles = new BigFilePacker(
      this.#feeder,
      streams,
      stats,
      this.#entries,
      settings,
      setup.followLinks
    )
  }

  pack({ batch, force, linked }: PackJob): Transferred<PackedBatch> {
    this.#feeder.force = force
    const answer = this.#entries.pack(batch, linked)
    this.#feeder.force = false
    return transferring(answer, packedBatchBuffers(answer))
  }

  segment(job: SegmentJob): Transferred<SegmentAnswer> {
    const answer = this.#bigFiles.segment(job)
    return transferring(answer, [...storedBuffers(answer.stored)])
  }

  hashRange(job: HashRangeJob): Uint8Array | undefined {
    return this.#bigFiles.hashRange(job)
  }

  finishFile(job: FinishFileJob): PackedBatch | undefined {
    return this.#bigFiles.finish(job)
  }

  /** The volume that is partly filled. */
  flush(): FinishedVolume | undefined {
    return this.#packer.finish()
  }

  merge(volumes: readonly FinishedVolume[]): Promise<FinishedVolume> {
    return mergeVolumes(volumes, this.#recipe)
  }

  [Symbol.dispose](): void {
    this.#packer[Symbol.dispose]()
  }
}
