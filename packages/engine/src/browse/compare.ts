import type { EntryRow } from '@tercet/core'
import { assertKnownKeys, systemClock } from '@tercet/interface'
import { selectVersion, type VersionChoice } from '../common/select-version.ts'
import type { BrowseContext } from './browse.ts'
import { type Entry, toEntry } from './browse-types.ts'

/** One path that differs. `before` alone: it was deleted; `after` alone: it was added. */
export interface Difference {
  readonly path: string
  readonly kind: 'added' | 'deleted' | 'modified'
  /** What differs of a modified entry. */
  readonly changes: readonly ('type' | 'content' | 'size' | 'time' | 'metadata')[]
  readonly before: Entry | undefined
  readonly after: Entry | undefined
}

export interface CompareOptions {
  /** The older side. @defaultValue version 1 */
  readonly base?: VersionChoice | undefined
  /** The newer side. @defaultValue version 0 */
  readonly other?: VersionChoice | undefined
}

/**
 * Streams what differs between exactly two versions. Entries that both share are not even read.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError
 */
export function* compare(context: BrowseContext, options: CompareOptions = {}): Generator<Difference> {
  assertKnownKeys(options, ['base', 'other'], 'compare')
  const now = (context.clock ?? systemClock).now()
  const base = selectVersion(context.catalog, options.base ?? { version: 1 }, now)
  const other = selectVersion(context.catalog, options.other ?? { version: 0 }, now)
  const carriedBefore = context.catalog.carried.of(base.seq)
  const carriedAfter = context.catalog.carried.of(other.seq)
  for (const { path, before, after } of context.catalog.compare(base.seq, other.seq)) {
    yield {
      path,
      kind: before === undefined ? 'added' : after === undefined ? 'deleted' : 'modified',
      changes: before === undefined || after === undefined ? [] : changesOf(before, after),
      before: before === undefined ? undefined : toEntry(before, carriedBefore),
      after: after === undefined ? undefined : toEntry(after, carriedAfter)
    }
  }
}

function changesOf(before: EntryRow, after: EntryRow): Difference['changes'] {
  const changes: Difference['changes'][number][] = []
  if (before.type !== after.type) changes.push('type')
  if (!isEqual(before.hash, after.hash)) changes.push('content')
  if (before.size !== after.size) changes.push('size')
  if (before.mtime !== after.mtime) changes.push('time')
  if (!isEqual(before.metaHash, after.metaHash)) changes.push('metadata')
  return changes
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0
}
