import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { assertKnownKeys, type CallOptions, type Clock, systemClock } from '@tercet/interface'
import { loadNative, lockFile, NativeError } from '@tercet/native'
import type { ChangeSet, Cursor } from './change-journal.ts'
import { FACT } from './journal-facts.ts'
import { JournalStore } from './journal-store.ts'
import { isBelow } from './paths.ts'

export interface RecordedChangesOptions extends CallOptions {
  /** File of the journal that another process writes. */
  readonly store: string
  /** Files and folders; all of them must be watched. */
  readonly roots: readonly string[]
  /** What the watching process has said that the journal is for. */
  readonly purpose?: string | undefined
  /** How long the watching process may take to read what has happened. @defaultValue 30 000 */
  readonly timeoutMs?: number | undefined
  readonly clock?: Clock | undefined
}

/** What another process has recorded, up to the moment at which it was asked. */
export interface RecordedChanges extends Disposable {
  /** To be read before it is settled or disposed. */
  readonly changes: ChangeSet
  /** As {@link ChangeJournal.settle}. */
  settle(cursor: Cursor, baseline: string): void
}

/**
 * Why there is nothing to go by.
 *
 * - `not-watching` nobody watches now
 * - `other-purpose` the journal is kept for something else
 * - `not-covered` not all of the roots are watched
 * - `no-answer` the watching process has not answered in time
 */
export type UnusableRecord = 'not-watching' | 'other-purpose' | 'not-covered' | 'no-answer'

const OPTION_KEYS = ['store', 'roots', 'purpose', 'timeoutMs', 'clock', 'signal']
const POLL_MS = 50

/**
 * Asks the process that watches some folders what has changed. It reads all that the system has queued before it answers,
 * so that whatever happened before the call is known, or in doubt.
 *
 * @throws WatchError `WATCH_STORE_UNUSABLE`, `WATCH_STORE_NEWER`; `signal.reason`
 */
export async function openRecordedChanges(
  options: RecordedChangesOptions
): Promise<RecordedChanges | UnusableRecord> {
  assertKnownKeys(options, OPTION_KEYS, 'openRecordedChanges')
  const { purpose = '', timeoutMs = 30_000, clock = systemClock, signal } = options
  const path = resolve(options.store)
  if (!isWatched(path)) return 'not-watching'
  const store = JournalStore.guest(path)
  if (store === undefined) return 'not-watching'
  try {
    const unusable = await refusal(store)
    if (unusable === undefined)
      return {
        changes: store.changes(),
        settle: (cursor, baseline) => store.settle(cursor, baseline),
        [Symbol.dispose]: () => store[Symbol.dispose]()
      }
    store[Symbol.dispose]()
    return unusable
  } catch (error) {
    store[Symbol.dispose]()
    throw error
  }

  async function refusal(store: JournalStore): Promise<UnusableRecord | undefined> {
    const question = randomUUID()
    store.setFact(FACT.ASKED, question)
    const end = clock.now() + timeoutMs
    while (store.fact(FACT.ANSWERED) !== question) {
      signal?.throwIfAborted()
      if (!isWatched(path)) return 'not-watching'
      if (clock.now() >= end) return 'no-answer'
      await clock.sleep(POLL_MS, { signal })
    }
    // Whoever has answered has said before what it watches, and for whom.
    if ((store.fact(FACT.PURPOSE) ?? '') !== purpose) return 'other-purpose'
    const watched = JSON.parse(store.fact(FACT.ROOTS) ?? '[]') as string[]
    const covers = (root: string) => watched.some((each) => each === root || isBelow(root, each))
    return options.roots.map((root) => resolve(root)).every(covers) ? undefined : 'not-covered'
  }
}

/** Whoever watches holds the lock, and loses it however it ends. */
function isWatched(store: string): boolean {
  const posix = loadNative()?.posix
  if (posix === undefined || !existsSync(store) || !existsSync(`${store}.lock`)) return false
  try {
    lockFile(posix, `${store}.lock`)[Symbol.dispose]()
    return false
  } catch (error) {
    if (error instanceof NativeError && error.code === 'NATIVE_LOCKED') return true
    throw error
  }
}
