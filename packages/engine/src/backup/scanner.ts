import type { BaseEntry, CarriedRange, EntryPlace } from '@tercet/core'
import type { FolderScan, ScanEntry, SourceIssue } from '@tercet/source-fs'
import { compareNames, signatureMatches } from '@tercet/source-fs'
import { PathTree } from './path-tree.ts'
import {
  ENTRY_TYPES,
  type EntryKind,
  FILE,
  HINT,
  type PreviousEntry,
  type ScanBatch,
  ScanBatchBuilder
} from './scan-batch.ts'
import { isBigFile } from './segment-plan.ts'
import { unreachedRanges } from './unreached-ranges.ts'

/** The version before, read by a connection of the scanner's own. */
export interface PreviousVersion {
  /** Entries of one folder, not of its subfolders, in the order of {@link compareNames}. */
  rows(folder: string): readonly BaseEntry[]
  /** Content and metadata hashes of the entries of one folder; only asked for where something changed. */
  hashes(folder: string): ReadonlyMap<string, PreviousEntry>
  /** Paths of all folders that have entries. */
  folders(): Iterable<string>
}

export interface ScannerSettings {
  readonly changeDetection: 'full' | 'time-only' | 'read-all'
  /** Only listed paths are scanned: nothing else vanished. */
  readonly listedOnly: boolean
  readonly blockSizeBytes: number
  readonly fileHashBytes: number
  /** Pack workers, which decides what is a big file. */
  readonly workers: number
  readonly separator: string
}

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
  /** Paths of entries of the version before that are gone, joined by NUL; empty: none. */
  readonly vanished: string
  readonly issues: readonly SourceIssue[]
  readonly totals: ScanTotals
  /** The walk has ended with this answer. */
  readonly last: boolean
}

/** Entries looked at between two answers at most, so that progress, pause and stop are never far. */
const ENTRIES_PER_ANSWER = 20_000
const VANISHED_PER_ANSWER = 1000

/**
 * Compares what the walk finds with the version before, folder by folder, and yields only what has to be looked at:
 * an entry whose signature is known costs neither a message nor a statement.
 */
export class Scanner {
  readonly #scans: Iterable<FolderScan>
  readonly #previous: PreviousVersion
  readonly #settings: ScannerSettings
  readonly #builder: ScanBatchBuilder
  readonly #carried: PathTree
  /** Folders of which all rows were compared. */
  readonly #visited = new Set<string>()
  /** Folders of which only some names were looked at, such as the parents of the sources. */
  readonly #listed = new Map<string, Set<string>>()
  #bigFiles: BigFile[] = []
  #vanished: string[] = []
  #issues: SourceIssue[] = []
  #hashesFolder: string | undefined
  #hashes: ReadonlyMap<string, PreviousEntry> = new Map()
  #sinceAnswer = 0
  /** Where the walk is. */
  #folder = ''
  #name = ''
  /** Where it was at the last answer that was taken; undefined: none was. */
  #taken: EntryPlace | undefined
  /** Folders that it has come to since. */
  #sinceTaken = new Set<string>()
  #entries = 0
  #files = 0
  #bytes = 0
  #unchanged = 0

  constructor(scans: Iterable<FolderScan>, previous: PreviousVersion, settings: ScannerSettings) {
    this.#scans = scans
    this.#previous = previous
    this.#settings = settings
    this.#builder = new ScanBatchBuilder(settings.fileHashBytes)
    this.#carried = new PathTree(settings.separator)
  }

  *run(): Generator<ScanAnswer, void, undefined> {
    for (const scan of this.#scans) {
      this.#takeIssues(scan)
      const steps =
        scan.kind === 'folder' && scan.complete ? this.#compareFolder(scan) : this.#compareListed(scan)
      for (const _step of steps) if (this.#isDue()) yield* this.#answerAndGoOn()
    }
    if (!this.#settings.listedOnly) {
      for (const _step of this.#sweep()) if (this.#isDue()) yield* this.#answerAndGoOn()
    }
    yield this.#answer(true)
  }

  /**
   * What the version before has and the answers that were taken do not speak of, when the walk is given up: the last
   * answer was not taken, since nobody asked for another one.
   */
  *unreached(): Generator<CarriedRange> {
    const taken = this.#taken
    if (this.#settings.listedOnly) return
    yield* unreachedRanges(this.#previous, (folder) => {
      if (taken === undefined || this.#sinceTaken.has(folder)) return false
      if (taken.folder === folder) return (name) => compareNames(name, taken.name) <= 0
      const listed = this.#listed.get(folder)
      return this.#visited.has(folder) || (listed !== undefined && ((name) => listed.has(name)))
    })
  }

  /** Whoever asks for the next answer has taken this one. */
  *#answerAndGoOn(): Generator<ScanAnswer, void, undefined> {
    yield this.#answer()
    this.#taken = { folder: this.#folder, name: this.#name }
    this.#sinceTaken.clear()
  }

  #takeIssues(scan: FolderScan): void {
    for (const issue of scan.issues) {
      this.#issues.push(issue)
      if (issue.carryOver !== 'none' && issue.path !== undefined) this.#carried.add(issue.path)
    }
    if (!scan.complete) this.#carried.add(scan.path)
  }

  /** Merges a complete folder with its rows; both are in the same order. */
  *#compareFolder(scan: FolderScan): Generator<void> {
    if (!this.#settings.listedOnly) this.#visited.add(scan.path)
    this.#enter(scan.path)
    const rows = this.#previous.rows(scan.path)
    let at = 0
    // A copy: an entry that an attribute excludes is taken out of the scan.
    for (const entry of [...scan.entries]) {
      for (; at < rows.length && compareNames(rows[at]!.name, entry.name) < 0; at++)
        this.#vanish(scan.path, rows[at]!.name)
      const known = rows[at]?.name === entry.name ? rows[at++] : undefined
      this.#look(scan, entry, known)
      yield
    }
    for (; at < rows.length; at++) {
      this.#vanish(scan.path, rows[at]!.name)
      yield
    }
  }

  /** A folder of which only these names were looked at. */
  *#compareListed(scan: FolderScan): Generator<void> {
    const names = this.#listed.get(scan.path) ?? new Set()
    this.#listed.set(scan.path, names)
    for (const { name } of scan.entries) names.add(name)
    this.#enter(scan.path)
    const rows = new Map(this.#previous.rows(scan.path).map((row) => [row.name, row]))
    for (const entry of [...scan.entries]) {
      this.#look(scan, entry, rows.get(entry.name))
      yield
    }
  }

  #enter(folder: string): void {
    this.#folder = folder
    this.#name = ''
    this.#sinceTaken.add(folder)
  }

  #look(scan: FolderScan, entry: ScanEntry, row: BaseEntry | undefined): void {
    const folder = scan.path
    this.#name = entry.name
    this.#entries += 1
    this.#sinceAnswer += 1
    const type = ENTRY_TYPES.indexOf(entry.type) as EntryKind
    const size = type === FILE ? entry.stat.size : 0
    if (type === FILE) {
      this.#files += 1
      this.#bytes += size
    }
    const known = row?.type === entry.type ? row : undefined
    if (known !== undefined && this.#isUnchanged(entry, known)) {
      this.#unchanged += 1
      return
    }
    if (scan.excludeByXattr(entry)) {
      if (row !== undefined) this.#vanish(folder, row.name)
      return
    }
    const hints = this.#hintsFor(known)
    const previous = known && this.#hashesOf(folder, entry.name)
    const { blockSizeBytes, workers } = this.#settings
    if (type === FILE && workers > 1 && isBigFile(size, blockSizeBytes, workers))
      this.#bigFiles.push(this.#bigFile(folder, entry.name, size, hints, previous))
    else this.#builder.add(folder, entry.name, type, size, hints, previous)
  }

  #isUnchanged(entry: ScanEntry, row: BaseEntry): boolean {
    if (row.flags !== 0 || this.#settings.changeDetection === 'read-all') return false
    if (row.signature !== undefined) {
      // Its time changes with each backup: without this, each one would have something to store.
      if (entry.holdsOwnFiles || signatureMatches(entry.stat, row.signature)) return true
    }
    if (this.#settings.changeDetection !== 'time-only' || entry.type !== 'file') return false
    return row.mtime !== undefined && row.mtime !== 0 && row.mtime === entry.stat.mtimeSeconds
  }

  #hintsFor(row: BaseEntry | undefined): number {
    if (row === undefined) return 0
    if (row.flags !== 0) return HINT.PREVIOUS | HINT.REWRITE
    const metadataDecides = row.signature === undefined && this.#settings.changeDetection !== 'read-all'
    return HINT.PREVIOUS | (metadataDecides ? HINT.METADATA_DECIDES : 0)
  }

  #hashesOf(folder: string, name: string): PreviousEntry | undefined {
    if (this.#hashesFolder !== folder) {
      this.#hashes = this.#previous.hashes(folder)
      this.#hashesFolder = folder
    }
    return this.#hashes.get(name)
  }

  #bigFile(
    folder: string,
    name: string,
    sizeBytes: number,
    hints: number,
    previous: PreviousEntry | undefined
  ): BigFile {
    const { fileHashBytes } = this.#settings
    const previousHashes = new Uint8Array(2 * fileHashBytes)
    if (previous?.hash) previousHashes.set(previous.hash)
    if (previous?.metaHash) previousHashes.set(previous.metaHash, fileHashBytes)
    return { folder, name, sizeBytes, hints, previousSize: previous?.size ?? -1, previousHashes }
  }

  #vanish(folder: string, name: string): void {
    this.#sinceAnswer += 1
    const path = folder + name
    if (!this.#carried.covers(path)) this.#vanished.push(path)
  }

  /** Rows outside everything that was visited: folders that are gone, and former sources. */
  *#sweep(): Generator<void> {
    for (const folder of this.#previous.folders()) {
      if (this.#visited.has(folder) || this.#carried.covers(folder)) continue
      const listed = this.#listed.get(folder)
      for (const row of this.#previous.rows(folder)) {
        if (listed?.has(row.name) !== true) this.#vanish(folder, row.name)
        yield
      }
    }
  }

  #isDue(): boolean {
    return (
      this.#builder.isFull ||
      this.#bigFiles.length > 0 ||
      this.#vanished.length >= VANISHED_PER_ANSWER ||
      this.#sinceAnswer >= ENTRIES_PER_ANSWER
    )
  }

  #answer(last = false): ScanAnswer {
    const answer: ScanAnswer = {
      batch: this.#builder.isEmpty ? undefined : this.#builder.take(),
      bigFiles: this.#bigFiles,
      vanished: this.#vanished.join('\0'),
      issues: this.#issues,
      totals: {
        entries: this.#entries,
        files: this.#files,
        bytes: this.#bytes,
        unchangedEntries: this.#unchanged
      },
      last
    }
    this.#bigFiles = []
    this.#vanished = []
    this.#issues = []
    this.#sinceAnswer = 0
    return answer
  }
}
