import type { SourceIssue } from '../source-error.ts'
import type { Decision, DecisionReason } from './entry-decision.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import { type ScanContext, scanSources } from './scan-sources.ts'
import type { EntryType } from './stat-reader.ts'

/** What would become of one path in a backup. */
export interface ScanDecision {
  readonly path: string
  /** Undefined: a device, FIFO or socket. */
  readonly type: EntryType | undefined
  readonly stored: boolean
  /** A folder that is not stored, but looked into. */
  readonly entered: boolean
  readonly reason: DecisionReason
  /** The filter rule that decided, where the reason is `filter`. */
  readonly rule: string | undefined
}

/**
 * Tells of each entry in the sources whether a backup would store it and why, without reading a file: a scan as the
 * backup makes it, with the same decisions. Issues are those of the scan.
 *
 * @throws what `scanSources` throws
 */
export function* scanDecisions(
  options: ResolvedScanOptions,
  context: Pick<ScanContext, 'native'> = {}
): Generator<ScanDecision | SourceIssue> {
  let decisions: ScanDecision[] = []
  const onDecision = (path: string, type: EntryType | undefined, decision: Decision) => {
    decisions.push({ path, type, ...decision, rule: ruleFor(path, decision, options) })
  }
  for (const scan of scanSources(options, { ...context, onDecision })) {
    yield* decisions
    decisions = []
    yield* scan.issues
  }
  yield* decisions
}

function ruleFor(path: string, decision: Decision, options: ResolvedScanOptions): string | undefined {
  return decision.reason === 'filter' ? options.filter.explain(path).rule : undefined
}

export interface SourceCount {
  readonly files: number
  readonly folders: number
  readonly symlinks: number
  readonly bytes: number
}

/** Counts what a backup would store, for a progress display: the totals so far after each folder. */
export function* countSources(
  options: ResolvedScanOptions,
  context: Pick<ScanContext, 'native'> = {}
): Generator<SourceCount> {
  let files = 0
  let folders = 0
  let symlinks = 0
  let bytes = 0
  for (const scan of scanSources(options, context)) {
    for (const { type, stat } of scan.entries) {
      if (type === 'folder') folders++
      else if (type === 'symlink') symlinks++
      else {
        files++
        bytes += stat.size
      }
    }
    yield { files, folders, symlinks, bytes }
  }
}
