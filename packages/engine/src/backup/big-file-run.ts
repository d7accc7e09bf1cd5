import type { FinishFileJob, HashRangeJob, SegmentAnswer, SegmentJob } from './big-file-packer.ts'
import type { PackScheduler } from './pack-scheduler.ts'
import type { PackedBatch, StoredBlocks } from './packed-batch.ts'
import type { BigFile } from './scan-answer.ts'
import { FILE, type ScanBatch } from './scan-batch.ts'
import { planSegments, type Segment } from './segment-plan.ts'

export interface BigFileRunOptions {
  readonly scheduler: PackScheduler
  readonly blockSizeBytes: number
  readonly blockHashBytes: number
  /** Awaited before each segment, to hold the reading back while volumes wait to be sent. */
  beforeSegment(): Promise<void>
  /** Takes the blocks and volumes of an answer. */
  onStored(stored: StoredBlocks): void
  /** The file is stored. */
  onPacked(batch: ScanBatch, packed: PackedBatch): void
  /** The file changed meanwhile: it is to be read again, by one thread from start to end. */
  onTorn(batch: ScanBatch): Promise<void>
}

/**
 * Stores one file with all threads: segments go wherever there is room, and one thread hashes the whole, of which it
 * reads once more only what others pack. Every answer
 * tells what the file looked like; only if it looked the same throughout do blocks and hash belong together.
 */
export class BigFileRun {
  readonly #file: BigFile
  readonly #options: BigFileRunOptions
  readonly #key: number
  readonly #worker: number
  readonly #path: string
  readonly #blockHashes: Uint8Array
  #signature: Uint8Array | undefined
  #torn = false
  #open = 0
  #allSubmitted = false
  #hash: Uint8Array | undefined

  /** `worker` hashes the whole file; `key` tells it apart from others that this worker hashes. */
  constructor(file: BigFile, key: number, worker: number, options: BigFileRunOptions) {
    this.#file = file
    this.#key = key
    this.#worker = worker
    this.#options = options
    this.#path = file.folder + file.name
    const blocks = Math.ceil(file.sizeBytes / options.blockSizeBytes)
    this.#blockHashes = new Uint8Array(blocks * options.blockHashBytes)
  }

  /** Resolves when all of the file has been handed out; the rest happens in the answers. */
  async submit(): Promise<void> {
    for (const segment of planSegments(this.#file.sizeBytes, this.#options.blockSizeBytes)) {
      if (this.#torn) break
      await this.#options.beforeSegment()
      const hashed = { key: this.#key, last: segment.offset + segment.length === this.#file.sizeBytes }
      // Ranges reach the worker that hashes in their order, because each is handed out before the next one.
      const worker = await this.#submitSegment(segment, hashed)
      if (worker !== this.#worker) await this.#submitHash({ path: this.#path, ...segment, ...hashed })
    }
    this.#allSubmitted = true
    await this.#advance()
  }

  #submitHash(payload: HashRangeJob): Promise<number> {
    return this.#submit('backup-hash-range', payload, this.#worker, 0, (hash: Uint8Array | undefined) => {
      this.#hash ??= hash
    })
  }

  #submitSegment(segment: Segment, hashed: SegmentJob['hashed']): Promise<number> {
    const job = { path: this.#path, fileBytes: this.#file.sizeBytes, ...segment }
    const payload = (worker: number): SegmentJob => ({
      ...job,
      hashed: worker === this.#worker ? hashed : undefined
    })
    return this.#submit('backup-segment', payload, undefined, segment.length, (answer: SegmentAnswer) => {
      this.#options.onStored(answer.stored)
      const { signature, blockHashes, hash } = answer
      this.#hash ??= hash
      if (signature === undefined || !this.#isSame(signature)) this.#torn = true
      else {
        const block = segment.offset / this.#options.blockSizeBytes
        this.#blockHashes.set(blockHashes, block * this.#options.blockHashBytes)
      }
    })
  }

  #submit<Answer>(
    job: string,
    payload: unknown,
    worker: number | undefined,
    costBytes: number,
    onAnswer: (answer: Answer) => void
  ): Promise<number> {
    this.#open += 1
    return this.#options.scheduler.submit<Answer>({ job, payload, worker, costBytes }, async (answer) => {
      onAnswer(answer)
      this.#open -= 1
      await this.#advance()
    })
  }

  /** Finishes the file when its last answer is there. */
  async #advance(): Promise<void> {
    if (!this.#allSubmitted || this.#open > 0) return
    if (this.#torn || this.#hash === undefined || this.#signature === undefined)
      return this.#options.onTorn(this.#batch())
    const payload: FinishFileJob = {
      file: this.#file,
      hash: this.#hash,
      sizeBytes: this.#file.sizeBytes,
      blockHashes: this.#blockHashes,
      signature: this.#signature
    }
    const task = { job: 'backup-finish-file', payload, worker: this.#worker, costBytes: 0 }
    await this.#options.scheduler.submit<PackedBatch | undefined>(task, (packed) =>
      packed === undefined
        ? this.#options.onTorn(this.#batch())
        : this.#options.onPacked(this.#batch(), packed)
    )
  }

  #isSame(signature: Uint8Array): boolean {
    this.#signature ??= signature
    return Buffer.compare(this.#signature, signature) === 0
  }

  /** The file as a batch of one entry. */
  #batch(): ScanBatch {
    return {
      count: 1,
      folders: this.#file.folder,
      names: this.#file.name,
      folderOf: Uint32Array.of(0),
      types: Uint8Array.of(FILE),
      hints: Uint8Array.of(this.#file.hints),
      sizes: Float64Array.of(this.#file.sizeBytes),
      previousSizes: Float64Array.of(this.#file.previousSize),
      previousHashes: this.#file.previousHashes
    }
  }
}
