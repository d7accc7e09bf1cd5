import type { NewBlockset } from '@tercet/core'
import type { FileStat } from '@tercet/native'
import { packSignature, SIGNATURE_BYTES } from '@tercet/source-fs'
import { ENTRY_FLAG, OUTCOME, type PackedBatch, type PackedIssue, type StoredBlocks } from './packed-batch.ts'
import type { PackedStream } from './stream-packer.ts'

/** Fills the arrays of an answer entry by entry. */
export class PackedBatchBuilder {
  readonly #hashBytes: number
  readonly #outcomes: Uint8Array<ArrayBuffer>
  readonly #flags: Uint8Array<ArrayBuffer>
  readonly #sizes: Float64Array<ArrayBuffer>
  readonly #mtimes: Float64Array<ArrayBuffer>
  readonly #hashes: Uint8Array<ArrayBuffer>
  readonly #metaHashes: Uint8Array<ArrayBuffer>
  readonly #metaSizes: Int32Array<ArrayBuffer>
  readonly #signatures: Uint8Array<ArrayBuffer>
  readonly #contents: Int32Array<ArrayBuffer>
  readonly #metaContents: Int32Array<ArrayBuffer>
  readonly #blocksets: NewBlockset[] = []
  readonly #issues: PackedIssue[] = []
  readonly #links = { files: 0, bytes: 0 }

  constructor(count: number, fileHashBytes: number) {
    this.#hashBytes = fileHashBytes
    this.#outcomes = new Uint8Array(count)
    this.#flags = new Uint8Array(count)
    this.#sizes = new Float64Array(count)
    this.#mtimes = new Float64Array(count)
    this.#hashes = new Uint8Array(count * fileHashBytes)
    this.#metaHashes = new Uint8Array(count * fileHashBytes)
    this.#metaSizes = new Int32Array(count)
    this.#signatures = new Uint8Array(count * SIGNATURE_BYTES)
    this.#contents = new Int32Array(count).fill(-1)
    this.#metaContents = new Int32Array(count).fill(-1)
  }

  /** The entry as it was before it was read; a signature that is not to be trusted next time is left empty. */
  stat(entry: number, stat: FileStat, trusted: boolean): void {
    this.#mtimes[entry] = stat.mtimeSeconds
    if (trusted) packSignature(stat, this.#signatures, entry * SIGNATURE_BYTES)
  }

  content(entry: number, stream: PackedStream): void {
    this.#hashes.set(stream.hash, entry * this.#hashBytes)
    this.#sizes[entry] = stream.sizeBytes
    this.#contents[entry] = this.#blocksetIndex(stream)
  }

  /** {@link PackedBatchBuilder.content} that was not read for this entry. */
  linkedContent(entry: number, stream: PackedStream): void {
    this.content(entry, stream)
    this.#links.files += 1
    this.#links.bytes += stream.sizeBytes
  }

  metadata(entry: number, stream: PackedStream): void {
    this.#metaHashes.set(stream.hash, entry * this.#hashBytes)
    this.#metaSizes[entry] = stream.sizeBytes
    this.#metaContents[entry] = this.#blocksetIndex(stream)
  }

  outcome(entry: number, outcome: number): void {
    this.#outcomes[entry] = outcome
  }

  torn(entry: number): void {
    this.#flags[entry] = ENTRY_FLAG.TORN
  }

  failed(entry: number, code: string, message: string): void {
    this.#outcomes[entry] = OUTCOME.FAILED
    this.issue(entry, code, message)
  }

  issue(entry: number, code: string, message: string): void {
    this.#issues.push({ entry, code, message })
  }

  finish(stored: StoredBlocks): PackedBatch {
    return {
      outcomes: this.#outcomes,
      flags: this.#flags,
      sizes: this.#sizes,
      mtimes: this.#mtimes,
      hashes: this.#hashes,
      metaHashes: this.#metaHashes,
      metaSizes: this.#metaSizes,
      signatures: this.#signatures,
      contents: this.#contents,
      metaContents: this.#metaContents,
      blocksets: this.#blocksets,
      issues: this.#issues,
      links: this.#links,
      stored
    }
  }

  #blocksetIndex(stream: PackedStream): number {
    return stream.blockset === undefined ? -1 : this.#blocksets.push(stream.blockset) - 1
  }
}
