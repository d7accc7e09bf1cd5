import { resolve } from 'node:path'
import { separatorOf, splitPath } from '../platform.ts'
import { EntryReader } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { type Child, FolderReader, Scan } from './folder-reader.ts'
import type { FolderScan } from './folder-scan.ts'
import { NestedSources } from './nested-sources.ts'
import { readRoots } from './read-roots.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import { type ScanContext, walkFolderFirst } from './scan-sources.ts'
import { isInside } from './source-roots.ts'
import { createStatReader } from './stat-reader.ts'
import { WayToPath } from './way-to-path.ts'

/** What may differ from an older version; everything else is as it was. */
export interface ChangedPaths {
  /** Absolute paths to which something happened. Those that are gone took all below them along. */
  readonly paths: Iterable<string>
  /** Absolute paths of folders in which anything may have happened. */
  readonly trees: readonly string[]
}

export interface ChangedContext extends ScanContext {
  /** Whether the older version has this folder, or anything in it. Folders that it does not have are walked. */
  readonly isKnownFolder: (path: string) => boolean
}

/** Names of one scan at most. */
const MAX_NAMES = 1000

/**
 * Looks at what changed, by the same rules as a whole scan and with the same result, if nothing else changed: the sources
 * themselves, then the paths, then the trees with all that is in them. An excluded folder that is not excluded any more
 * is walked, and so is one in which a marker for exclusion came or went.
 *
 * `excludeEmptyFolders` and `symlinkPolicy: 'follow'` need a whole scan, since what is far from a path decides on it.
 *
 * @throws SourceError as {@link scanSources}
 */
export function* scanChanged(
  options: ResolvedScanOptions,
  changed: ChangedPaths,
  context: ChangedContext
): Generator<FolderScan> {
  const scan = new ChangedScan(options, context)
  yield* scan.run(changed)
}

class ChangedScan {
  readonly #options: ResolvedScanOptions
  readonly #isKnownFolder: (path: string) => boolean
  readonly #entries: EntryReader
  readonly #folders: FolderReader
  readonly #way: WayToPath
  readonly #separator: string

  constructor(options: ResolvedScanOptions, context: ChangedContext) {
    const { native, onDecision } = context
    const xattrs = options.exclusionXattrs
      ? openExclusionXattrs(native?.posix?.xattrs, options.roots.outer)
      : undefined
    const stats = createStatReader(native)
    const nested = new NestedSources(options.roots.nested, options.platform)
    this.#options = options
    this.#isKnownFolder = context.isKnownFolder
    this.#separator = separatorOf(options.platform)
    this.#entries = new EntryReader(options, stats, xattrs, onDecision)
    this.#folders = new FolderReader(this.#entries, nested, undefined, options.platform)
    this.#way = new WayToPath(options, stats, this.#entries, nested)
  }

  *run(changed: ChangedPaths): Generator<FolderScan> {
    const roots = readRoots(this.#options, this.#folders, this.#entries)
    yield* roots
    const trees = new Set(changed.trees.map((path) => this.#plain(path)))
    const byFolder = this.#sort(changed.paths, trees)
    /** Folders that are looked at already, as entries. */
    const children = new Map<string, Child>()
    for (const { children: folders } of roots)
      for (const child of folders) children.set(this.#plain(child.path), child)
    const sources = [...children.values()]
    for (const [folder, names] of byFolder) {
      for (let at = 0; at < names.length; at += MAX_NAMES) {
        const scan = this.#look(folder, names.slice(at, at + MAX_NAMES))
        yield scan
        for (const child of scan.children) {
          if (this.#isKnownFolder(child.path)) continue
          const path = this.#plain(child.path)
          children.set(path, child)
          trees.add(path)
        }
      }
    }
    for (const tree of this.#outermost(trees)) yield* this.#walk(tree, children, sources)
  }

  /** The paths by folder, without those that a tree covers; a marker puts its whole folder in doubt. */
  #sort(paths: Iterable<string>, trees: Set<string>): Map<string, string[]> {
    const byFolder = new Map<string, string[]>()
    for (const given of paths) {
      const path = resolve(given)
      if (this.#way.isSource(path) && this.#options.roots.outer.includes(path)) continue
      const { folder, name } = splitPath(path, this.#options.platform)
      if (this.#options.ignoreFilenames.includes(name)) trees.add(this.#plain(folder))
      const names = byFolder.get(folder)
      if (names === undefined) byFolder.set(folder, [name])
      else names.push(name)
    }
    for (const [folder, names] of byFolder) {
      const rest = this.#isCovered(folder, trees) ? [] : names.filter((name) => !trees.has(folder + name))
      if (rest.length === 0) byFolder.delete(folder)
      else byFolder.set(folder, rest)
    }
    return byFolder
  }

  /** Looks for names in one folder. */
  #look(folder: string, names: readonly string[]): Scan {
    const scan = new Scan(folder, 'listed')
    const way = this.#way.to(folder + names[0]!)
    if (way === 'passable')
      for (const name of names) this.#folders.add(scan, name, this.#way.isSource(folder + name), undefined)
    else if (way !== 'excluded' && way.code !== 'SOURCE_MISSING' && way.code !== 'SOURCE_NOT_COVERED')
      scan.issues.push(way)
    // What is behind a link, or in no source, is not stored.
    scan.looked = [...names]
    return scan.sort()
  }

  *#walk(
    tree: string,
    children: ReadonlyMap<string, Child>,
    sources: readonly Child[]
  ): Generator<FolderScan> {
    const { roots, platform } = this.#options
    const known = children.get(tree)
    if (known !== undefined) {
      yield* walkFolderFirst(this.#folders, known)
      return
    }
    // Sources that are no folders, or cannot be read, were dealt with among the sources.
    if (roots.outer.includes(tree)) return
    for (const source of sources)
      if (isInside(this.#plain(source.path), tree, platform)) yield* walkFolderFirst(this.#folders, source)
    if (!roots.outer.some((outer) => isInside(tree, outer, platform))) return
    const { folder, name } = splitPath(tree, platform)
    const scan = this.#look(folder, [name])
    yield scan
    for (const child of scan.children) yield* walkFolderFirst(this.#folders, child)
  }

  #outermost(trees: ReadonlySet<string>): string[] {
    return [...trees].filter(
      (tree) => !this.#isCovered(splitPath(tree, this.#options.platform).folder, trees)
    )
  }

  /** Whether a folder is one of the trees or inside one. */
  #isCovered(folder: string, trees: ReadonlySet<string>): boolean {
    if (trees.size === 0) return false
    for (let path = this.#plain(folder); path !== ''; ) {
      if (trees.has(path)) return true
      const above = this.#plain(splitPath(path, this.#options.platform).folder)
      if (above === path) return false
      path = above
    }
    return false
  }

  /** Without a trailing separator, unless it is the root of a file system. */
  #plain(path: string): string {
    return path.length > 1 && path.endsWith(this.#separator) ? path.slice(0, -1) : path
  }
}
