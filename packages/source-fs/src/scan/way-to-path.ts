import { splitPath } from '../platform.ts'
import { type SourceIssue, sourceIssue } from '../source-error.ts'
import type { EntryReader } from './entry-reader.ts'
import type { NestedSources } from './nested-sources.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import { isInside } from './source-roots.ts'
import { entryTypeOf, type StatReader } from './stat-reader.ts'

const MAX_KNOWN_FOLDERS = 10_000

/** Whether the folders on the way to a path let it through; otherwise what stands against it. */
export type Way = SourceIssue | 'passable' | 'excluded'

/** Tells for single paths what a walk from the sources would have found out on the way to them. */
export class WayToPath {
  readonly #options: ResolvedScanOptions
  readonly #stats: StatReader
  readonly #entries: EntryReader
  readonly #nested: NestedSources
  readonly #known = new Map<string, Way>()

  constructor(options: ResolvedScanOptions, stats: StatReader, entries: EntryReader, nested: NestedSources) {
    this.#options = options
    this.#stats = stats
    this.#entries = entries
    this.#nested = nested
  }

  /** Without a trailing separator. */
  isSource(path: string): boolean {
    return this.#options.roots.outer.includes(path) || this.#nested.has(path)
  }

  /** Of the folders between the innermost source and `path`, which is not looked at itself. */
  to(path: string): Way {
    const { folder } = splitPath(path, this.#options.platform)
    const known = this.#known.get(folder)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_KNOWN_FOLDERS) this.#known.clear()
    const way = this.#look(folder)
    this.#known.set(folder, way)
    return way
  }

  #look(folder: string): Way {
    const { platform, roots, symlinkPolicy } = this.#options
    const path = folder.length > 1 ? folder.slice(0, -1) : folder
    if (this.isSource(path) || this.isSource(folder)) {
      this.#noteOwnFolder(folder)
      return 'passable'
    }
    if (!roots.outer.some((root) => isInside(path, root, platform))) return notCovered(path)
    const above = this.to(path)
    if (above !== 'passable') return above
    try {
      if (entryTypeOf(this.#stats.lstat(path)) !== 'folder' && symlinkPolicy !== 'follow')
        return notCovered(path)
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
