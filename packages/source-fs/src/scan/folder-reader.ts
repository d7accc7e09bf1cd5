import type { FileStat } from '@tercet/native'
import { type Platform, separatorOf } from '../platform.ts'
import { type SourceIssue, sourceIssue } from '../source-error.ts'
import { DECISIONS } from './entry-decision.ts'
import type { EntryReader, FolderChain } from './entry-reader.ts'
import type { ExclusionXattrs } from './exclusion-xattrs.ts'
import { type FolderScan, type ScanEntry, sortByName } from './folder-scan.ts'
import type { NestedSources } from './nested-sources.ts'
import { readNames } from './read-names.ts'

/** Names in a folder from which on it pays to open it for looking at them. */
const WORTH_OPENING = 4

/** A folder to look into. */
export interface Child {
  readonly path: string
  readonly stat: FileStat | undefined
  /** Undefined: entered, but not stored. */
  readonly entry: ScanEntry | undefined
  readonly isSource: boolean
  /** Excluded, but on the way to a source: nothing else in it counts. */
  readonly isPassage: boolean
}

/** A scan in the making. */
export class Scan implements FolderScan {
  readonly path: string
  readonly kind: 'folder' | 'listed'
  complete = true
  entries: ScanEntry[] = []
  readonly entered: string[] = []
  readonly issues: SourceIssue[] = []
  looked: string[] | undefined
  /** The folders to look into after this one. */
  readonly children: Child[] = []
  readonly #xattrs: ExclusionXattrs | undefined
  readonly #sources: Set<ScanEntry> = new Set()

  /** @param xattrs what {@link excludeByXattr} asks; undefined: nothing is left to ask */
  constructor(path: string, kind: 'folder' | 'listed', xattrs?: ExclusionXattrs) {
    this.path = path
    this.kind = kind
    this.#xattrs = xattrs
  }

  addSource(entry: ScanEntry): void {
    this.#sources.add(entry)
  }

  excludeByXattr(entry: ScanEntry): boolean {
    if (this.#xattrs?.isExcluded(this.path + entry.name) !== true || this.#sources.has(entry)) return false
    const at = this.entries.indexOf(entry)
    if (at < 0) return false
    this.entries.splice(at, 1)
    const child = this.children.findIndex((candidate) => candidate.entry === entry)
    if (child >= 0) this.children.splice(child, 1)
    return true
  }

  sort(): this {
    sortByName(this.entries, (entry) => entry.name)
    sortByName(this.entered, (name) => name)
    sortByName(this.children, (child) => child.path)
    return this
  }
}

/** Reads folders into scans. */
export class FolderReader {
  readonly #entries: EntryReader
  readonly #nested: NestedSources
  readonly #deferredXattrs: ExclusionXattrs | undefined
  readonly #separator: string

  constructor(
    entries: EntryReader,
    nested: NestedSources,
    deferredXattrs: ExclusionXattrs | undefined,
    platform: Platform
  ) {
    this.#entries = entries
    this.#nested = nested
    this.#deferredXattrs = deferredXattrs
    this.#separator = separatorOf(platform)
  }

  read(folder: Child, above: FolderChain | undefined): Scan {
    const scan = new Scan(folder.path, 'folder', this.#deferredXattrs)
    const chain = { stat: folder.stat, above }
    if (folder.isPassage) this.#readPassage(scan, chain)
    else this.#readAll(scan, chain)
    return scan.sort()
  }

  #readAll(scan: Scan, chain: FolderChain): void {
    let names: string[]
    try {
      names = readNames(scan.path, scan.issues)
    } catch (error) {
      scan.issues.push(sourceIssue(scan.path, error, 'content'))
      scan.complete = false
      return
    }
    if (this.#nested.isEmpty) {
      if (names.length < WORTH_OPENING) this.#addAll(scan, names, chain)
      else this.#entries.withFolder(scan.path, () => this.#addAll(scan, names, chain))
      return
    }
    // Names of sources that are not there are asked for too, so that somebody hears of it.
    for (const name of new Set([...names, ...this.#nested.namesIn(scan.path)])) {
      this.#addOnTheWay(scan, name, chain)
    }
  }

  #addAll(scan: Scan, names: readonly string[], chain: FolderChain): void {
    for (const name of names) this.add(scan, name, false, chain)
  }

  #readPassage(scan: Scan, chain: FolderChain): void {
    for (const name of this.#nested.namesIn(scan.path)) {
      if (this.#nested.has(scan.path + name)) this.add(scan, name, true, chain)
      else this.#addPassage(scan, name)
    }
  }

  #addOnTheWay(scan: Scan, name: string, chain: FolderChain): void {
    const path = scan.path + name
    const found = this.add(scan, name, this.#nested.has(path), chain)
    if (found || this.#entries.decision === DECISIONS.ownFile) return
    if (this.#nested.isOnTheWay(path)) this.#addPassage(scan, name)
  }

  #addPassage(scan: Scan, name: string): void {
    const path = scan.path + name + this.#separator
    scan.entered.push(name + this.#separator)
    scan.children.push({ path, stat: undefined, entry: undefined, isSource: false, isPassage: true })
  }

  /** Reads one entry into the scan of its folder. False: it is neither stored nor entered. */
  add(scan: Scan, name: string, isSource: boolean, chain: FolderChain | undefined): boolean {
    const entry = this.#entries.read(scan.path, name, isSource, chain, scan.issues)
    if (entry === undefined) return false
    const stored = this.#entries.decision?.stored === true
    if (stored) scan.entries.push(entry)
    if (isSource) scan.addSource(entry)
    if (entry.type === 'folder') {
      if (!stored) scan.entered.push(entry.name)
      const path = scan.path + entry.name
      scan.children.push({
        path,
        stat: entry.stat,
        entry: stored ? entry : undefined,
        isSource,
        isPassage: false
      })
    }
    return true
  }
}
