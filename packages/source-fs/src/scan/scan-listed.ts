import { resolve } from 'node:path'
import { splitPath } from '../platform.ts'
import { sourceIssue } from '../source-error.ts'
import { EntryReader } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { FolderReader, Scan } from './folder-reader.ts'
import type { FolderScan } from './folder-scan.ts'
import { NestedSources } from './nested-sources.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import type { ScanContext } from './scan-sources.ts'
import { createStatReader } from './stat-reader.ts'
import { WayToPath } from './way-to-path.ts'

/** Entries of one scan at most. */
const MAX_ENTRIES = 1000

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
  readonly #entries: EntryReader
  readonly #folders: FolderReader
  readonly #way: WayToPath

  constructor(options: ResolvedScanOptions, context: ScanContext) {
    const xattrs = options.exclusionXattrs
      ? openExclusionXattrs(context.native?.posix?.xattrs, options.roots.outer)
      : undefined
    const stats = createStatReader(context.native)
    const nested = new NestedSources(options.roots.nested, options.platform)
    this.#entries = new EntryReader(options, stats, xattrs, context.onDecision)
    this.#folders = new FolderReader(this.#entries, nested, undefined, options.platform)
    this.#way = new WayToPath(options, stats, this.#entries, nested)
  }

  add(scan: Scan, path: string, name: string): void {
    if (this.#way.isSource(path)) {
      this.#folders.add(scan, name, true, undefined)
      return
    }
    const way = this.#way.to(path)
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
}
