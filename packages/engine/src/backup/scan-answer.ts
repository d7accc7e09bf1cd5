import type { SourceIssue } from '@tercet/source-fs'
import { type EntryKind, FILE, type PreviousEntry, type ScanBatch, ScanBatchBuilder } from './scan-batch.ts'

/** A file that is spread over several workers. */
export interface BigFile {
  readonly folder: string
  readonly name: string
  readonly sizeBytes: number
  readonly hints: number
  readonly previousSize: number
  /** Content and metadata hash of the version before, as in a batch. */
  readonly previousHashes: Uint8Array
}

/** Further names of files that the walk came to before. */
export interface LinkBatch {
  readonly batch: ScanBatch
  /** For each entry the path by which its file was met first, joined by NUL. */
  readonly firsts: string
}

/** What was seen so far, all of it included. */
export interface ScanTotals {
  readonly entries: number
  readonly files: number
  readonly bytes: number
  readonly unchangedEntries: number
}

/** One answer of the scanner. */
export interface ScanAnswer {
  readonly batch: ScanBatch | undefined
  readonly bigFiles: readonly BigFile[]
  readonly links: LinkBatch | undefined
  /** Paths of entries of the version before that are gone, joined by NUL; empty: none. */
  readonly vanished: string
  readonly issues: readonly SourceIssue[]
  readonly totals: ScanTotals
  /** The walk is in this folder, and goes on in the order of paths; undefined: that is not known. */
  readonly place: string | undefined
  /** The walk has ended with this answer. */
  readonly last: boolean
}

/** Entries looked at between two answers at most, so that progress, pause and stop are never far. */
const ENTRIES_PER_ANSWER = 20_000
/** The same once something has changed, as there is work that can begin, or go on, with what was looked at since. */
const ENTRIES_PER_CHANGED_ANSWER = 5000
const VANISHED_PER_ANSWER = 1000

/** An answer in the making: what the walk came upon since the last one. */
export class ScanAnswerBuilder {
  readonly #fileHashBytes: number
  readonly #batch: ScanBatchBuilder
  readonly #links: ScanBatchBuilder
  #firsts: string[] = []
  #bigFiles: BigFile[] = []
  #vanished: string[] = []
  #issues: SourceIssue[] = []
  #sinceAnswer = 0
  #entries = 0
  #files = 0
  #bytes = 0
  #unchanged = 0
  #hasChanges = false

  constructor(fileHashBytes: number) {
    this.#fileHashBytes = fileHashBytes
    this.#batch = new ScanBatchBuilder(fileHashBytes)
    this.#links = new ScanBatchBuilder(fileHashBytes)
  }

  get isDue(): boolean {
    return (
      this.#batch.isFull ||
      this.#links.isFull ||
      this.#bigFiles.length > 0 ||
      this.#vanished.length >= VANISHED_PER_ANSWER ||
      this.#sinceAnswer >= (this.#hasChanges ? ENTRIES_PER_CHANGED_ANSWER : ENTRIES_PER_ANSWER)
    )
  }

  issue(issue: SourceIssue): void {
    this.#issues.push(issue)
  }

  /** An entry was looked at, whatever becomes of it. */
  seen(type: EntryKind, size: number): void {
    this.#entries += 1
    this.#sinceAnswer += 1
    if (type !== FILE) return
    this.#files += 1
    this.#bytes += size
  }

  unchanged(): void {
    this.#unchanged += 1
  }

  /** Has to be looked into. */
  changed(...entry: Parameters<ScanBatchBuilder['add']>): void {
    this.#hasChanges = true
    this.#batch.add(...entry)
  }

  /** The same, unless what is known of its file by then will do. */
  changedLink(first: string, ...entry: Parameters<ScanBatchBuilder['add']>): void {
    this.#links.add(...entry)
    this.#firsts.push(first)
  }

  /** The same as {@link ScanAnswerBuilder.changed}, by several workers. */
  changedBigFile(
    folder: string,
    name: string,
    sizeBytes: number,
    hints: number,
    previous: PreviousEntry | undefined
  ): void {
    const previousHashes = new Uint8Array(2 * this.#fileHashBytes)
    if (previous?.hash) previousHashes.set(previous.hash)
    if (previous?.metaHash) previousHashes.set(previous.metaHash, this.#fileHashBytes)
    this.#bigFiles.push({
      folder,
      name,
      sizeBytes,
      hints,
      previousSize: previous?.size ?? -1,
      previousHashes
    })
  }

  /** A row of the version before was passed; `path` where its entry is gone. */
  passed(path: string | undefined): void {
    this.#sinceAnswer += 1
    if (path === undefined) return
    this.#hasChanges = true
    this.#vanished.push(path)
  }

  /** @param place as {@link ScanAnswer.place} */
  take(last: boolean, place?: string): ScanAnswer {
    const answer: ScanAnswer = {
      batch: this.#batch.isEmpty ? undefined : this.#batch.take(),
      bigFiles: this.#bigFiles,
      links: this.#links.isEmpty ? undefined : { batch: this.#links.take(), firsts: this.#firsts.join('\0') },
      vanished: this.#vanished.join('\0'),
      issues: this.#issues,
      totals: {
        entries: this.#entries,
        files: this.#files,
        bytes: this.#bytes,
        unchangedEntries: this.#unchanged
      },
      place,
      last
    }
    this.#bigFiles = []
    this.#firsts = []
    this.#vanished = []
    this.#issues = []
    this.#sinceAnswer = 0
    return answer
  }
}
