import { type Issue, isTercetError } from '@tercet/interface'
import { SourceError } from '@tercet/source-fs'
import { EngineError } from '../common/engine-error.ts'
import { PackedBytes, uint32List } from '../common/growable.ts'
import type { HardLink, WriteResult } from './job-types.ts'

/** Refuses failures that would meet every other file as well, so that going on makes no sense. */
function assertOfOneEntry(path: string, error: unknown): void {
  const reason = String((error as { code?: unknown }).code)
  const context = { path, reason }
  if (reason === 'ENOSPC' || reason === 'EDQUOT') {
    const message = `No space is left for ${path}. What was restored stays; free some space and restore again`
    throw new EngineError('RESTORE_NO_SPACE', message, { cause: error, context })
  }
  if (reason === 'EROFS' || reason === 'EIO') {
    const message = `Cannot go on restoring at ${path}: ${(error as Error).message}`
    throw new SourceError('RESTORE_TARGET_UNUSABLE', message, { cause: error, context })
  }
}

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

  /**
   * @throws EngineError `RESTORE_NO_SPACE`, SourceError `RESTORE_TARGET_UNUSABLE` when it is not a matter of this one
   *   entry
   */
  failEntry(entry: number, path: string, error: unknown): void {
    assertOfOneEntry(path, error)
    this.#failed.add(entry)
    this.#issues.push({
      code: isTercetError(error) ? error.code : 'RESTORE_WRITE_FAILED',
      severity: 'error',
      message: `Cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`,
      path
    })
  }

  /** The entry failed, and its issue is told elsewhere. */
  failTold(entry: number): void {
    this.#failed.add(entry)
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

  result(): Omit<WriteResult, 'failedBlocks' | 'failures' | 'digests'> {
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
