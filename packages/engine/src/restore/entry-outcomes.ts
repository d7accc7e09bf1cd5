import { type Issue, isTercetError } from '@tercet/interface'
import { PackedBytes, uint32List } from '../common/growable.ts'
import type { HardLink, WriteResult } from './job-types.ts'

/** Failures that would meet every other file as well, so that going on makes no sense. */
const FATAL = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO'])

/** Collects, for one job, what became of its entries. */
export class EntryOutcomes {
  readonly #issues: Issue[] = []
  readonly #hardLinks: HardLink[] = []
  readonly #failed = new Set<number>()
  readonly #unfinished = uint32List()
  readonly #metadataEntries = uint32List()
  readonly #metadataIndexes = uint32List()
  readonly #metadata = new PackedBytes()
  #finishedFiles = 0
  #writtenBytes = 0

  hasFailed(entry: number): boolean {
    return this.#failed.has(entry)
  }

  /** @throws the error itself when it is not a matter of this one entry */
  failEntry(entry: number, path: string, error: unknown): void {
    const code = (error as { code?: unknown }).code
    if (typeof code === 'string' && FATAL.has(code)) throw error
    this.#failed.add(entry)
    this.#issues.push({
      code: isTercetError(error) ? error.code : 'RESTORE_WRITE_FAILED',
      severity: 'error',
      message: `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      path
    })
  }

  add(issues: readonly Issue[]): void {
    this.#issues.push(...issues)
  }

  leaveUnfinished(entry: number): void {
    this.#unfinished.push(entry)
  }

  passMetadata(number: number, index: number, bytes: Uint8Array): void {
    this.#metadataEntries.push(number)
    this.#metadataIndexes.push(index)
    this.#metadata.push(bytes)
  }

  linked(number: number, identity: string | undefined): void {
    if (identity !== undefined) this.#hardLinks.push({ number, identity })
  }

  wrote(bytes: number): void {
    this.#writtenBytes += bytes
  }

  finished(): void {
    this.#finishedFiles += 1
  }

  result(): Omit<WriteResult, 'failedBlocks' | 'failures'> {
    return {
      unfinished: this.#unfinished.view().slice(),
      failedEntries: Uint32Array.from(this.#failed),
      metadataEntries: this.#metadataEntries.view().slice(),
      metadataIndexes: this.#metadataIndexes.view().slice(),
      metadata: this.#metadata.pack(),
      hardLinks: this.#hardLinks,
      issues: this.#issues,
      finishedFiles: this.#finishedFiles,
      writtenBytes: this.#writtenBytes
    }
  }
}
