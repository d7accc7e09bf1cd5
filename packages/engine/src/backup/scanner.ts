import type { BaseEntry, CarriedRange, EntryPlace } from '@tercet/core'
import type { FolderScan, ScanEntry } from '@tercet/source-fs'
import { compareNames, signatureMatches } from '@tercet/source-fs'
import { PathTree } from './path-tree.ts'
import { type ScanAnswer, ScanAnswerBuilder } from './scan-answer.ts'
import { ENTRY_TYPES, type EntryKind, FILE, HINT, type PreviousEntry } from './scan-batch.ts'
import { isBigFile } from './segment-plan.ts'
import { unreachedRanges } from './unreached-ranges.ts'

/** The version before, read by a connection of the scanner's own. */
export interface PreviousVersion {
  /** Entries of one folder, not of its subfolders, in the order of {@link compareNames}. */
  rows(folder: string): readonly BaseEntry[]
  /** Content and metadata hashes of the entries of one folder; only asked for where something changed. */
  hashes(folder: string): ReadonlyMap<string, PreviousEntry>
  /** {@link PreviousVersion.rows} for some names. */
  rowsOf(folder: string, names: readonly string[]): readonly BaseEntry[]
  /** Paths of all folders that have entries; only those at and below a folder where it is given. */
  folders(under?: string): Iterable<string>
}

export interface ScannerSettings {
  readonly changeDetection: 'full' | 'time-only' | 'read-all'
  /**
   * - `all` what the walk does not come to is gone
   * - `listed` only listed paths are scanned: nothing else vanished
   * - `changed` what was looked for and not found is gone with all below it, and so is what was not found in `trees`
   */
  readonly scope: ScanScope
  /** With `changed`: folders of which everything was looked at. */
  readonly trees: readonly string[]
  readonly blockSizeBytes: number
  readonly fileHashBytes: number
  /** Pack workers, which decides what is a big file. */
  readonly workers: number
  readonly separator: string
}

export type ScanScope = 'all' | 'listed' | 'changed'

/**
 * Compares what the walk finds with the version before, folder by folder, and yields only what has to be looked at:
 * an entry whose signature is known costs neither a message nor a statement.
 */
export class Scanner {
  readonly #scans: Iterable<FolderScan>
  readonly #previous: PreviousVersion
  readonly #settings: ScannerSettings
  readonly #answer: ScanAnswerBuilder
  readonly #carried: PathTree
  /** Folders of which all rows were compared. */
  readonly #visited = new Set<string>()
  /** Folders that are gone, with separators; what was below them went along. */
  readonly #gone = new Set<string>()
  /** Folders of which only some names were looked at, such as the parents of the sources. */
  readonly #listed = new Map<string, Set<string>>()
  #hashesFolder: string | undefined
  #hashes: ReadonlyMap<string, PreviousEntry> = new Map()
  /** Where the walk is. */
  #folder = ''
  #name = ''
  /** Where it was at the last answer that was taken; undefined: none was. */
  #taken: EntryPlace | undefined
  /** Folders that it has come to since. */
  #sinceTaken = new Set<string>()

  constructor(scans: Iterable<FolderScan>, previous: PreviousVersion, settings: ScannerSettings) {
    this.#scans = scans
    this.#previous = previous
    this.#settings = settings
    this.#answer = new ScanAnswerBuilder(settings.fileHashBytes)
    this.#carried = new PathTree(settings.separator)
  }

  *run(): Generator<ScanAnswer, void, undefined> {
    for (const scan of this.#scans) {
      this.#takeIssues(scan)
      const steps =
        scan.kind === 'folder' && scan.complete ? this.#compareFolder(scan) : this.#compareListed(scan)
      for (const _step of steps) if (this.#answer.isDue) yield* this.#answerAndGoOn()
    }
    for (const _step of this.#sweep()) if (this.#answer.isDue) yield* this.#answerAndGoOn()
    yield this.#answer.take(true)
  }

  /**
   * What the version before has and the answers that were taken do not speak of, when the walk is given up: the last
   * answer was not taken, since nobody asked for another one.
   */
  *unreached(): Generator<CarriedRange> {
    const taken = this.#taken
    if (this.#settings.scope !== 'all') return
    yield* unreachedRanges(this.#previous, (folder) => {
      if (taken === undefined || this.#sinceTaken.has(folder)) return false
      if (taken.folder === folder) return (name) => compareNames(name, taken.name) <= 0
      const listed = this.#listed.get(folder)
      return this.#visited.has(folder) || (listed !== undefined && ((name) => listed.has(name)))
    })
  }

  /** Whoever asks for the next answer has taken this one. */
  *#answerAndGoOn(): Generator<ScanAnswer, void, undefined> {
    // What was named for itself comes in no order.
    yield this.#answer.take(false, this.#settings.scope === 'all' ? this.#folder : undefined)
    this.#taken = { folder: this.#folder, name: this.#name }
    this.#sinceTaken.clear()
  }

  #takeIssues(scan: FolderScan): void {
    for (const issue of scan.issues) {
      this.#answer.issue(issue)
      if (issue.carryOver !== 'none' && issue.path !== undefined) this.#carried.add(issue.path)
    }
    if (!scan.complete) this.#carried.add(scan.path)
  }

  /** Merges a complete folder with its rows; both are in the same order. */
  *#compareFolder(scan: FolderScan): Generator<void> {
    if (this.#settings.scope !== 'listed') this.#visited.add(scan.path)
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
    const rows = new Map(this.#rowsFor(scan).map((row) => [row.name, row]))
    for (const entry of [...scan.entries]) {
      this.#look(scan, entry, rows.get(entry.name))
      rows.delete(entry.name)
      yield
    }
    if (scan.looked === undefined || !scan.complete) return
    // What is left of what was looked for is gone, be it a file or a folder.
    const found = new Set(scan.entries.map(({ name }) => name))
    for (const name of scan.looked) {
      const folderName = name + this.#settings.separator
      for (const either of [name, folderName]) {
        names.add(either)
        if (rows.delete(either)) this.#vanish(scan.path, either)
      }
      // Also a folder that was not stored itself may have been looked into.
      if (!found.has(folderName) && !found.has(name)) this.#leave(scan.path + folderName)
      yield
    }
  }

  /** Of few names by name: a folder may have very many. */
  #rowsFor(scan: FolderScan): readonly BaseEntry[] {
    if (scan.looked === undefined) return this.#previous.rows(scan.path)
    const { separator } = this.#settings
    return this.#previous.rowsOf(
      scan.path,
      scan.looked.flatMap((name) => [name, name + separator])
    )
  }

  #leave(folder: string): void {
    if (this.#settings.scope === 'changed') this.#gone.add(folder)
  }

  #enter(folder: string): void {
    this.#folder = folder
    this.#name = ''
    this.#sinceTaken.add(folder)
  }

  #look(scan: FolderScan, entry: ScanEntry, row: BaseEntry | undefined): void {
    const folder = scan.path
    this.#name = entry.name
    const type = ENTRY_TYPES.indexOf(entry.type) as EntryKind
    const size = type === FILE ? entry.stat.size : 0
    this.#answer.seen(type, size)
    const known = row?.type === entry.type ? row : undefined
    if (known !== undefined && this.#isUnchanged(entry, known)) {
      this.#answer.unchanged()
      return
    }
    if (scan.excludeByXattr(entry)) {
      if (row !== undefined) this.#vanish(folder, row.name)
      else this.#leave(folder + entry.name)
      return
    }
    const hints = this.#hintsFor(known)
    const previous = known && this.#hashesOf(folder, entry.name)
    const { blockSizeBytes, workers } = this.#settings
    if (entry.linkOf !== undefined)
      this.#answer.changedLink(entry.linkOf, folder, entry.name, type, size, hints, previous)
    else if (type === FILE && workers > 1 && isBigFile(size, blockSizeBytes, workers))
      this.#answer.changedBigFile(folder, entry.name, size, hints, previous)
    else this.#answer.changed(folder, entry.name, type, size, hints, previous)
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

  #vanish(folder: string, name: string): void {
    const path = folder + name
    if (name.endsWith(this.#settings.separator)) this.#leave(path)
    this.#answer.passed(this.#carried.covers(path) ? undefined : path)
  }

  /** Rows outside everything that was visited: folders that are gone, and former sources. */
  *#sweep(): Generator<void> {
    for (const folder of this.#swept()) {
      if (this.#visited.has(folder) || this.#carried.covers(folder)) continue
      const listed = this.#listed.get(folder)
      for (const row of this.#previous.rows(folder)) {
        if (listed?.has(row.name) !== true) this.#vanish(folder, row.name)
        yield
      }
    }
  }

  /** Folders of which nothing may be left that was not visited, each once. */
  *#swept(): Generator<string> {
    const { scope, trees, separator } = this.#settings
    if (scope === 'listed') return
    if (scope === 'all') return yield* this.#previous.folders()
    const withSeparator = trees.map((tree) => (tree.endsWith(separator) ? tree : tree + separator))
    let last: string | undefined
    // In this order, all that is below a folder comes right after it.
    for (const top of [...new Set([...withSeparator, ...this.#gone])].sort()) {
      if (last !== undefined && top.startsWith(last)) continue
      last = top
      yield* this.#previous.folders(top)
    }
  }
}
