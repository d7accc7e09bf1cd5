import { PackedBytes } from '../common/growable.ts'
import { DROPPED, type EntryTable } from './entry-table.ts'
import type { JobEntriesBuilder } from './job-entries.ts'
import type { FinishJob, FinishResult, TargetSettings } from './job-types.ts'

export interface FinishQueueOptions {
  readonly run: (job: FinishJob) => Promise<FinishResult>
  readonly entries: JobEntriesBuilder
  readonly table: EntryTable
  readonly target: TargetSettings
  readonly metadataOf: (entry: number) => Uint8Array
  readonly onResult: (result: FinishResult) => void
  readonly onFinished: (entry: number) => void
  readonly onFailed: (entry: number) => void
}

const MAX_FILES = 256
/** Content to be hashed in one job, so that large files keep several workers busy. */
const MAX_BYTES = 64 * 1024 * 1024
/** Jobs on their way; more would only fill memory. */
const MAX_JOBS = 16

/** Gathers files whose blocks are all written, so that many are finished by one job. */
export class FinishQueue {
  readonly #options: FinishQueueOptions
  readonly #running = new Set<Promise<void>>()
  #waiting: number[] = []
  #waitingBytes = 0
  #failure: { readonly error: unknown } | undefined

  constructor(options: FinishQueueOptions) {
    this.#options = options
  }

  /** Entries that were dropped are removed instead of finished. */
  async add(entry: number): Promise<void> {
    this.#throwFailure()
    this.#waiting.push(entry)
    this.#waitingBytes += this.#options.table.sizes.at(entry)
    if (this.#waiting.length < MAX_FILES && this.#waitingBytes < MAX_BYTES) return
    this.#send()
    while (this.#running.size >= MAX_JOBS) await Promise.race(this.#running)
  }

  /** Finishes everything that was added. */
  async drain(): Promise<void> {
    this.#send()
    await Promise.all(this.#running)
    this.#throwFailure()
  }

  #send(): void {
    const numbers = this.#waiting
    if (numbers.length === 0) return
    this.#waiting = []
    this.#waitingBytes = 0
    const { entries, target, metadataOf } = this.#options
    const metadata = new PackedBytes()
    for (const number of numbers) metadata.push(metadataOf(number))
    const job = entries.finishJob(numbers, target, metadata.pack())
    const running = this.#options.run(job).then(
      (result) => this.#book(numbers, result),
      (error) => {
        this.#failure ??= { error }
      }
    )
    this.#running.add(running)
    void running.finally(() => this.#running.delete(running))
  }

  #book(numbers: readonly number[], result: FinishResult): void {
    const { table, onFinished, onFailed, onResult } = this.#options
    const failed = new Set(result.failedEntries)
    numbers.forEach((number, i) => {
      if (table.has(number, DROPPED)) return
      if (!failed.has(i)) onFinished(number)
      else {
        table.mark(number, DROPPED)
        onFailed(number)
      }
    })
    try {
      onResult(result)
    } catch (error) {
      this.#failure ??= { error }
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
