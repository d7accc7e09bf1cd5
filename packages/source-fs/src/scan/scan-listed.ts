import { resolve } from 'node:path'
import { splitPath } from '../platform.ts'
import { type SourceIssue, sourceIssue } from '../source-error.ts'
import { EntryReader } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { FolderReader, Scan } from './folder-reader.ts'
import type { FolderScan } from './folder-scan.ts'
import { NestedSources } from './nested-sources.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import type { ScanContext } from './scan-sources.ts'
import { isInside } from './source-roots.ts'
import { createStatReader, entryTypeOf, type StatReader } from './stat-reader.ts'

/** Entries of one scan at most. */
const MAX_ENTRIES = 1000
const MAX_KNOWN_FOLDERS = 10_000

/**
 * Looks at listed paths only, by the same rules as a whole scan: each has to lie in a source, and no folder on the way
 * to it may be excluded. Folders are not looked into. Neighbours of one folder share a scan, so a sorted list makes the
 * fewest. A path that does not exist is reported and carried over, since only the list of deleted files says what is gone.
 *
 * @throws SourceError `SOURCE_MISSING` for a source, if the options say to stop then
 */
export function* scanListed(
  options: ResolvedScanOptions,
  paths: Iterable<string>,
  context: ScanContext = {}
): Generator<FolderScan> {
  const listed = new Listed(options, context)
  let scan: Scan | undefined
  for (const given of paths) {
    const path = resolve(given)
    const { folder, name } = splitPath(path, options.platform)
    if (scan !== undefined && (scan.path !== folder || scan.entries.length >= MAX_ENTRIES)) {
      yield scan.sort()
      scan = undefined
    }
    scan ??= new Scan(folder, 'listed')
    listed.add(scan, path, name)
  }
  if (scan !== undefined) yield scan.sort()
}

class Listed {
  readonly #options: ResolvedScanOptions
  readonly #stats: StatReader
  readonly #entries: EntryReader
  readonly #folders: FolderReader
  readonly #nested: NestedSources
  /** Folders on the way, and what stands against going through them. */
  readonly #known = new Map<string, SourceIssue | 'passable' | 'excluded'>()

  constructor(options: ResolvedScanOptions, context: ScanContext) {
    const xattrs = options.exclusionXattrs
      ? openExclusionXattrs(context.native?.posix?.xattrs, options.roots.outer)
      : undefined
    this.#options = options
    this.#stats = createStatReader(context.native)
    this.#entries = new EntryReader(options, this.#stats, xattrs, context.onDecision)
    this.#nested = new NestedSources(options.roots.nested, options.platform)
    this.#folders = new FolderReader(this.#entries, this.#nested, undefined, options.platform)
  }

  add(scan: Scan, path: string, name: string): void {
    if (this.#isSource(path)) {
      this.#folders.add(scan, name, true, undefined)
      return
    }
    const way = this.#way(path)
    if (way === 'excluded') return
    if (way !== 'passable') {
      scan.issues.push({ ...way, path })
      return
    }
    if (!this.#folders.add(scan, name, false, undefined) && this.#entries.decision === undefined) {
      if (scan.issues.at(-1)?.path !== path) {
        const missing = Object.assign(new Error('not found'), { code: 'ENOENT' })
        scan.issues.push(sourceIssue(path, missing, 'entry'))
      }
    }
  }

  #isSource(path: string): boolean {
    return this.#options.roots.outer.includes(path) || this.#nested.has(path)
  }

  /** Whether the folders between the innermost source and `path` let it through. */
  #way(path: string): SourceIssue | 'passable' | 'excluded' {
    const { folder } = splitPath(path, this.#options.platform)
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_KNOWN_FOLDERS) this.#known.clear()
    const way = this.#look(folder)
    this.#known.set(folder, way)
    return way
  }

  #look(folder: string): SourceIssue | 'passable' | 'excluded' {
    const { platform } = this.#options
    const path = folder.length > 1 ? folder.slice(0, -1) : folder
    if (this.#isSource(path) || this.#isSource(folder)) {
      this.#noteOwnFolder(folder)
      return 'passable'
    }
    if (!this.#options.roots.outer.some((root) => isInside(path, root, platform))) return notCovered(path)
    const above = this.#way(path)
    if (above !== 'passable') return above
    try {
      if (entryTypeOf(this.#stats.lstat(path)) !== 'folder' && this.#options.symlinkPolicy !== 'follow') {
        return notCovered(path)
      }
    } catch (error) {
      return sourceIssue(path, error, 'entry')
    }
    const { folder: parent, name } = splitPath(path, platform)
    this.#entries.read(parent, name, false, undefined, [])
    return this.#entries.decision?.entered === true ? 'passable' : 'excluded'
  }

  /** A source that is the destination's folder: reading an entry notes that, and a source is not read here. */
  #noteOwnFolder(folder: string): void {
    try {
      this.#entries.ownFiles.enter(folder, this.#stats.stat(folder))
    } catch {
      // What lies in it tells that it is not there.
    }
  }
}

function notCovered(path: string): SourceIssue {
  return {
    code: 'SOURCE_NOT_COVERED',
    severity: 'warning',
    message: `A listed path is in none of the sources, or reached through a link: ${path}`,
    path,
    carryOver: 'none'
  }
}
