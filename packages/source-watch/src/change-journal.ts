import type { CallOptions } from '@tercet/interface'
import type { Doubt } from './doubt.ts'
import type { WatchMethod } from './linux/create-watcher.ts'

/**
 * Where a journal stands. What happened up to a cursor and what happened after it are told apart, so that a version
 * which began at a cursor takes care of the former and never of the latter.
 */
export type Cursor = number

/** All that is not known to be as it was in the version that was settled last. */
export interface ChangeSet {
  readonly cursor: Cursor
  /** How many paths {@link ChangeSet.dirty} has. */
  readonly dirtyCount: number
  /**
   * Paths that something happened to, sorted by their bytes: made, written, renamed, deleted, or given other attributes.
   * A folder that is not there any more took all in it along.
   * Read from the journal's file while it is iterated, and only until the set is settled.
   */
  readonly dirty: Iterable<string>
  /** Folders in which anything may have changed; none is inside another. */
  readonly unknown: readonly Doubt[]
  /** What {@link ChangeJournal.settle} was told last: the version which everything else still equals. */
  readonly baseline: string | undefined
}

/** What was heard of at one time. A hint of when to look; {@link ChangeJournal.changes} says what to look at. */
export interface ChangeBatch {
  readonly cursor: Cursor
  /** Not all of them when there are very many. */
  readonly dirty: readonly string[]
  readonly unknown: readonly Doubt[]
}

/** Something that a user should know; the watching goes on. */
export interface WatchIssue {
  readonly code:
    | 'WATCH_ROOT_MISSING'
    | 'WATCH_ROOT_NESTED'
    | 'WATCH_ROOT_UNREADABLE'
    | 'WATCH_NETWORK_FILE_SYSTEM'
    | 'WATCH_LIMIT_REACHED'
    | 'WATCH_OVERFLOW'
    | 'WATCH_UNAVAILABLE'
    | 'WATCH_STORE_DAMAGED'
    | 'WATCH_RECORD_UNUSABLE'
  readonly severity: 'warning' | 'info'
  readonly message: string
  readonly path: string
}

/**
 * Says what changed under some folders since a moment, and where that is not known.
 *
 * Every path to which something happened after {@link openChangeJournal} returned, and before `changes` is called, is
 * either in `dirty`, or in one of the folders of `unknown`, or was settled meanwhile. Not heard of are writes through a
 * memory map, and what is done to a file by a name outside the roots, such as a write or a further link; a full scan finds
 * them.
 *
 * Disposing it ends the watching; what the file has stays, but everything is in doubt at the next start.
 */
export interface ChangeJournal extends AsyncDisposable, AsyncIterable<ChangeBatch> {
  /** Absolute; none is inside another. */
  readonly roots: readonly string[]
  /** `hints`: this system has no watching that can be relied on, so the roots are always in doubt. */
  readonly precision: 'events' | 'hints'
  /** How the system is asked: for whole file systems, folder by folder, or by what Node itself has. */
  readonly method: WatchMethod | 'hints'

  /**
   * What is to be looked at for a version that begins now. Everything that happened before the call is in it.
   *
   * @throws WatchError `WATCH_CLOSED`, `WATCH_FAILED`, `WATCH_STORE_UNUSABLE`; `signal.reason`
   */
  changes(options?: CallOptions): Promise<ChangeSet>

  /**
   * Forgets what a set told, since a version has it now. A path to which something happened after the set was taken stays
   * dirty. Without this call everything stays, so a version that fails loses nothing.
   *
   * @param baseline names the version
   */
  settle(cursor: Cursor, baseline: string): Promise<void>

  /** When something was heard of last, in milliseconds since 1970; undefined: nothing yet. */
  readonly lastChangeAtMs: number | undefined
}
