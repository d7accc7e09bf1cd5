import { type FinishedVolume, finishedVolumeBuffers, type NewBlockset } from '@tercet/core'
import type { HitList } from './block-feeder.ts'

/** What became of an entry of a batch. */
export const OUTCOME = {
  /** Read or compared, and equal to the version before. */
  UNCHANGED: 0,
  ADDED: 1,
  /** The content is another one. */
  MODIFIED: 2,
  /** The content is the same; its metadata is another. */
  METADATA: 3,
  /** It is gone since the scan. */
  VANISHED: 4,
  /** It could not be read; the issue says why. */
  FAILED: 5
} as const

/** Flags of an entry in the catalog. */
export const ENTRY_FLAG = {
  /** Taken over from the version before, because it could not be read. */
  STALE: 1,
  /** It changed while it was read, however often that was tried. */
  TORN: 2
} as const

/** Something that went wrong with one entry of a batch. */
export interface PackedIssue {
  readonly entry: number
  readonly code: string
  readonly message: string
}

/** A pack worker's answer: one value or slice in each array for each entry of the batch. */
export interface PackedBatch {
  readonly outcomes: Uint8Array<ArrayBuffer>
  readonly flags: Uint8Array<ArrayBuffer>
  readonly sizes: Float64Array<ArrayBuffer>
  /** Seconds since 1970. */
  readonly mtimes: Float64Array<ArrayBuffer>
  /** File-hash values of the contents; zeros for folders and links. */
  readonly hashes: Uint8Array<ArrayBuffer>
  readonly metaHashes: Uint8Array<ArrayBuffer>
  readonly metaSizes: Int32Array<ArrayBuffer>
  readonly signatures: Uint8Array<ArrayBuffer>
  /** Index into `blocksets`, or -1 where hash and size say how the content is made of blocks. */
  readonly contents: Int32Array<ArrayBuffer>
  readonly metaContents: Int32Array<ArrayBuffer>
  readonly blocksets: readonly NewBlockset[]
  readonly issues: readonly PackedIssue[]
  /** Files of these that were not read, being further names of files that were. */
  readonly links: { readonly files: number; readonly bytes: number }
  readonly stored: StoredBlocks
}

/** What a job left in volumes, besides its own answer. */
export interface StoredBlocks {
  /** Blocks that are taken to exist already, to be confirmed by the catalog. */
  readonly hits: HitList
  /** Volumes that were finished during the job. */
  readonly volumes: readonly FinishedVolume[]
}

/** The buffers of an answer, to be handed over instead of copied. */
export function packedBatchBuffers(batch: PackedBatch): ArrayBufferLike[] {
  const { blocksets: _blocksets, issues: _issues, links: _links, stored, ...views } = batch
  return [...Object.values(views).map((view) => view.buffer), ...storedBuffers(stored)]
}

export function storedBuffers({ hits, volumes }: StoredBlocks): ArrayBufferLike[] {
  return [
    hits.ordinals.buffer,
    hits.hashes.buffer,
    hits.sizes.buffer,
    ...volumes.flatMap((volume) => finishedVolumeBuffers(volume))
  ]
}
