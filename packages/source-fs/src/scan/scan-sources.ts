import type { Native } from '@tercet/native'
import { DECISIONS } from './entry-decision.ts'
import { type DecisionSink, EntryReader, type FolderChain } from './entry-reader.ts'
import { openExclusionXattrs } from './exclusion-xattrs.ts'
import { type Child, FolderReader, type Scan } from './folder-reader.ts'
import type { FolderScan, ScanEntry } from './folder-scan.ts'
import { NestedSources } from './nested-sources.ts'
import { readRoots } from './read-roots.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import { createStatReader } from './stat-reader.ts'

export interface ScanContext {
  /** Faster with it, and exact; works without. */
  readonly native?: Native | undefined
  /**
   * True: exclusion by extended attributes is left to {@link FolderScan.excludeByXattr}, so that the caller can spare
   * the system call for entries that it knows to be unchanged. Without effect with `excludeEmptyFolders`.
   *
   * @defaultValue false
   */
  readonly deferXattrs?: boolean | undefined
  readonly onDecision?: DecisionSink | undefined
}

/**
 * Walks the sources depth first, one folder at a time, synchronously: meant for a worker thread. A folder comes before
 * what is in it; with `excludeEmptyFolders` after it, because only then is known whether it is empty. The sources
 * themselves come first, as `listed` scans of the folders that hold them. Memory is bounded by the folders on the way
 * to the present one.
 *
 * What cannot be read is reported in the issues of its folder and carried over; only what the options name ends the scan.
 *
 * @throws SourceError `SOURCE_NONE`, `SOURCE_MISSING`, `SOURCE_FOLDER_EMPTY`
 */
export function* scanSources(options: ResolvedScanOptions, context: ScanContext = {}): Generator<FolderScan> {
  const { native, onDecision } = context
  const defers = context.deferXattrs === true && !options.excludeEmptyFolders
  const xattrs = options.exclusionXattrs
    ? openExclusionXattrs(native?.posix?.xattrs, options.roots.outer)
    : undefined
  const entries = new EntryReader(options, createStatReader(native), defers ? undefined : xattrs, onDecision)
  const nested = new NestedSources(options.roots.nested, options.platform)
  const folders = new FolderReader(entries, nested, defers ? xattrs : undefined, options.platform)

  const roots = readRoots(options, folders, entries)
  yield* roots
  const walk = options.excludeEmptyFolders ? walkContentFirst : walkFolderFirst
  for (const root of roots) for (const child of root.children) yield* walk(folders, child, onDecision)
}

interface Frame extends FolderChain {
  readonly scan: Scan
  readonly folder: Child
  readonly above: Frame | undefined
  next: number
}

function open(folders: FolderReader, folder: Child, above: Frame | undefined): Frame {
  return { scan: folders.read(folder, above), folder, stat: folder.stat, above, next: 0 }
}

/** A folder and all below it. */
export function* walkFolderFirst(folders: FolderReader, root: Child): Generator<FolderScan> {
  let frame: Frame | undefined = open(folders, root, undefined)
  yield frame.scan
  while (frame !== undefined) {
    const child: Child | undefined = frame.scan.children[frame.next++]
    if (child === undefined) frame = frame.above
    else {
      frame = open(folders, child, frame)
      yield frame.scan
    }
  }
}

/** Each folder when all below it is known, so that folders in which nothing is stored can be left out. */
function* walkContentFirst(
  folders: FolderReader,
  root: Child,
  onDecision: DecisionSink | undefined
): Generator<FolderScan> {
  const empty = new Set<ScanEntry>()
  const withContent = new Set<Frame>()
  let frame: Frame | undefined = open(folders, root, undefined)
  while (frame !== undefined) {
    const child: Child | undefined = frame.scan.children[frame.next++]
    if (child !== undefined) {
      frame = open(folders, child, frame)
      continue
    }
    const { scan, folder, above }: Frame = frame
    scan.entries = scan.entries.filter((entry) => {
      if (!empty.delete(entry)) return true
      onDecision?.(scan.path + entry.name, 'folder', DECISIONS.empty)
      return false
    })
    // What could not be read is carried over, so it counts as content.
    const isCarriedOver = scan.issues.some((issue) => issue.carryOver !== 'none')
    const hasContent = scan.entries.length > 0 || isCarriedOver || withContent.delete(frame)
    if (hasContent && above !== undefined) withContent.add(above)
    if (!hasContent && folder.entry !== undefined && !folder.isSource) empty.add(folder.entry)
    yield scan
    frame = above
  }
}
