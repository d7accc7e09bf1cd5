import type { WatchIssue } from '../change-journal.ts'
import type { Doubt, DoubtReason } from '../doubt.ts'
import type { WatchGate } from '../gate.ts'
import type { JournalStore } from '../journal-store.ts'
import type { MountTable } from './mounts.ts'

export interface SystemWatcherOptions {
  readonly roots: readonly string[]
  /** Files and folders of this program: not watched, and nothing is noted of them nor of what they do to their folder. */
  readonly ownPaths: readonly string[]
  readonly gate: WatchGate
  readonly store: JournalStore
  readonly mounts: MountTable
  readonly onIssue: (issue: WatchIssue) => void
  readonly onFlush: (dirty: readonly string[], doubts: readonly Doubt[]) => void
}

/**
 * One of the kernel's ways to tell what happens to files, written into the journal. All methods are synchronous, and
 * nothing is read before one of them is called.
 */
export interface SystemWatcher extends Disposable {
  /** The descriptor that is readable when something happened. */
  readonly descriptor: number
  /** How many watches the kernel keeps. */
  readonly watches: number
  /** Whether the kernel joins what happens to one file while nobody reads, so that reading less often costs less. */
  readonly joinsEvents: boolean
  /** Watches everything from now on; the roots are in doubt until they were looked at. */
  start(reason: DoubtReason): void
  /** Takes in all that happened up to now; what goes on happening meanwhile does not keep it from returning. */
  drain(): void
  /** What has to be known for {@link ChangeJournal.changes}: events, and what events do not tell. */
  settleDoubts(): void
  /** Notices roots that were replaced or are gone, also by what happened above them. */
  checkRoots(): void
  /** Something was mounted at these places, or is gone. */
  mountsChanged(places: readonly string[]): void
  /** All roots are in doubt, although they are watched as before. */
  doubtAll(reason: DoubtReason): void
  /** Writes what was noted to the journal. */
  flush(): void
}
