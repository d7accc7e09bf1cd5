import { resolve } from 'node:path'
import { systemClock } from '@tercet/interface'
import { openRecordedChanges, type UnusableRecord } from '@tercet/source-watch'
import type { RunOptions } from '../operation-options.ts'
import type { RunResult } from '../run-backup.ts'
import { defaultJournal, eventsDecide, isAllInDoubt, namedBy, purposeOf } from './known-changes.ts'
import type { WatchPlace } from './watch-backup.ts'

const DAY_MS = 86_400_000

const REASONS: Readonly<Record<UnusableRecord, string>> = {
  'not-watching': 'nobody watches now (tercet watch --record-only)',
  'other-purpose': 'the watcher was started for another selection or another backup',
  'not-covered': 'the watcher was started for other folders',
  'no-answer': 'the watcher did not answer'
}

/**
 * Makes one version by what a watcher in another process has recorded, if its record is unbroken since the version before;
 * else by a look at everything, from which on the record counts.
 *
 * @internal
 */
export async function runFromRecord(place: WatchPlace, options: RunOptions): Promise<RunResult> {
  const { changedSinceWatch: _asked, journalPath, fullScanEveryMs = DAY_MS, onWatchIssue, ...run } = options
  const { signal, sources } = run
  const clock = place.clock ?? systemClock
  const store = journalPath ?? defaultJournal(place.catalogPath)
  const purpose = purposeOf(run, place.catalogPath)
  const record = await openRecordedChanges({ store, roots: sources, purpose, clock, signal })
  if (typeof record === 'string') {
    const message = `Everything is looked at: ${REASONS[record]}`
    onWatchIssue?.({ code: 'WATCH_RECORD_UNUSABLE', severity: 'info', path: store, message })
    return await place.run(run)
  }
  using recorded = record
  const { changes } = recorded
  const everything =
    !eventsDecide(run) ||
    changes.baseline === undefined ||
    // Another version came between, perhaps of another selection.
    changes.baseline !== (await place.newest()) ||
    clock.now() - ((await place.lastFullScan()) ?? 0) >= fullScanEveryMs ||
    isAllInDoubt(
      sources.map((source) => resolve(source)),
      changes
    )
  const result = await place.run({
    ...run,
    changes: everything ? undefined : namedBy(changes, changes.baseline)
  })
  const isDone = result.outcome === 'success' || result.outcome === 'warning'
  if (isDone && !result.isDryRun) recorded.settle(changes.cursor, (await place.newest()) ?? '')
  return result
}
