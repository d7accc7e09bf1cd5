import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { scanOptionsOfSelection, type VersionCoverage } from '@tercet/engine'
import {
  assertKnownKeys,
  type Clock,
  ConfigurationError,
  type LocalFolder,
  systemClock
} from '@tercet/interface'
import {
  type ChangeJournal,
  type GateModule,
  openChangeJournal,
  type WatchMethod
} from '@tercet/source-watch'
import { REMOTE_NAME_PATTERNS } from '@tercet/volume-format'
import type { RunOptions } from '../operation-options.ts'
import type { RunResult } from '../run-backup.ts'
import { defaultJournal, eventsDecide, isAllInDoubt, namedBy, purposeOf } from './known-changes.ts'
import { WatchSchedule, type WatchTimes } from './watch-schedule.ts'

/** What to back up whenever it changes, and when. `stop` ends the watching in good order. */
export interface WatchOptions
  extends Omit<RunOptions, 'changedFiles' | 'deletedFiles' | 'changes' | 'changedSinceWatch' | 'dryRun'>,
    WatchTimes {
  /** File of the journal of changes. @defaultValue beside the catalog */
  readonly journalPath?: string | undefined
  /**
   * Make no version: only keep the record of what changes, for runs of other processes with `changedSinceWatch` and the
   * same selection. @defaultValue false
   */
  readonly recordOnly?: boolean | undefined
  /**
   * How the system is asked: `fanotify` for whole file systems, which needs the rights of an administrator, `inotify`
   * folder by folder. @defaultValue `fanotify` where it works
   */
  readonly watchMethod?: WatchMethod | undefined
  /** Told once, when all sources are watched: from then on nothing is missed without a word. */
  readonly onWatching?: ((watching: Watching) => void) | undefined
}

/** What is watched, and how: `hints` are no more than that, so that everything is looked at each time. */
export interface Watching {
  /** Absolute; none is inside another. */
  readonly sources: readonly string[]
  readonly method: WatchMethod | 'hints'
}

/** One run of a watched backup. */
export interface WatchedRun {
  /** Undefined: it failed with `error`, and is tried again. */
  readonly result: RunResult | undefined
  readonly error: unknown
  readonly coverage: VersionCoverage['kind']
}

/** What a watch needs of the backup that was opened. @internal */
export interface WatchPlace {
  readonly catalogPath: string | undefined
  readonly ownPaths: readonly string[]
  /** Where the destination is, if it is on this machine: it may be in a source. */
  readonly localFolder: LocalFolder | undefined
  readonly clock: Clock | undefined
  run(options: RunOptions): Promise<RunResult>
  /** Time of the newest version. ISO 8601. */
  newest(): Promise<string | undefined>
  /** When everything was looked at last, in milliseconds since 1970; undefined: not known. */
  lastFullScan(): Promise<number | undefined>
}

/**
 * Makes a version now and then whenever something changed, until `stop` is aborted. The first one looks at everything,
 * since nobody watched before; later ones look at what the journal names. A run that fails forgets nothing.
 *
 * @internal
 */
export async function* watchBackup(
  place: WatchPlace,
  options: WatchOptions
): AsyncGenerator<WatchedRun, void, undefined> {
  const {
    quietTimeMs,
    maxDelayMs,
    minIntervalMs,
    fullScanEveryMs,
    journalPath,
    onWatchIssue,
    recordOnly,
    watchMethod,
    onWatching,
    ...run
  } = options
  assertKnownKeys(
    Object.fromEntries(Object.entries(run).filter(([key]) => NOT_WATCHED.includes(key))),
    [],
    'watch'
  )
  const store = journalPath ?? defaultJournal(place.catalogPath)
  // The catalog is made by the first run, and its folder with it.
  mkdirSync(dirname(store), { recursive: true, mode: 0o700 })
  const clock = place.clock ?? systemClock
  const schedule = new WatchSchedule({ quietTimeMs, maxDelayMs, minIntervalMs, fullScanEveryMs })
  await using journal = await openChangeJournal({
    roots: run.sources,
    store,
    ownPaths: place.ownPaths,
    gate: gateOf(run, place.localFolder),
    purpose: purposeOf(run, place.catalogPath),
    method: watchMethod,
    onIssue: onWatchIssue
  })
  onWatching?.({ sources: journal.roots, method: journal.method })
  if (recordOnly === true) return await untilStopped(run)
  await using follower = new Follower(journal, schedule, clock)
  let since = new Date(clock.now()).toISOString()
  for (;;) {
    if (!(await follower.untilDue(run.stop, run.signal))) return
    const startedAt = clock.now()
    const changes = await journal.changes({ signal: run.signal })
    const everything =
      schedule.isScanDue(startedAt) ||
      !eventsDecide(run) ||
      isAllInDoubt(journal.roots, changes) ||
      // Another version came between, perhaps of another selection.
      changes.baseline !== (await place.newest())
    if (!everything && changes.dirtyCount === 0 && changes.unknown.length === 0) {
      schedule.begins(startedAt)
      schedule.ended(startedAt, { lookedAtAll: false })
      continue
    }
    follower.begins(startedAt, changes.cursor)
    try {
      const known = everything ? undefined : namedBy(changes, since)
      const result = await place.run({ ...run, changes: known })
      const lookedAtAll = result.scope === 'all'
      const isDone = result.outcome === 'success' || result.outcome === 'warning'
      if (isDone) {
        await journal.settle(changes.cursor, (await place.newest()) ?? '')
        schedule.ended(clock.now(), { lookedAtAll })
        since = new Date(startedAt).toISOString()
      } else schedule.failed(clock.now())
      yield { result, error: undefined, coverage: lookedAtAll ? 'scan' : known!.hasGaps ? 'mixed' : 'events' }
      if (result.outcome === 'stopped') return
    } catch (error) {
      run.signal?.throwIfAborted()
      if (error instanceof ConfigurationError) throw error
      schedule.failed(clock.now())
      yield { result: undefined, error, coverage: 'scan' }
    }
  }
}

const NOT_WATCHED = ['changedFiles', 'deletedFiles', 'changes', 'changedSinceWatch', 'dryRun']

async function untilStopped({ stop, signal }: Pick<RunOptions, 'stop' | 'signal'>): Promise<void> {
  const ends = [stop, signal].filter((given) => given !== undefined)
  const { promise, resolve } = Promise.withResolvers<void>()
  for (const end of ends) end.addEventListener('abort', () => resolve(), { once: true })
  if (!ends.some(({ aborted }) => aborted)) await promise
  signal?.throwIfAborted()
}

/** The decisions of a scan, for the thread that watches; without them more is watched than is needed. */
function gateOf(selection: RunOptions, local: LocalFolder | undefined): GateModule | undefined {
  const ownFolders =
    local === undefined ? [] : [{ path: local.path, names: [...REMOTE_NAME_PATTERNS, local.unfinishedNames] }]
  try {
    const module = import.meta.resolve('@tercet/source-fs')
    return { module, make: 'createWatchGate', data: { ...scanOptionsOfSelection(selection), ownFolders } }
  } catch (error) {
    if (error instanceof ConfigurationError) throw error
    return undefined
  }
}

/** Tells the schedule of changes as they come, and waits for what it decides. */
class Follower implements AsyncDisposable {
  readonly #schedule: WatchSchedule
  readonly #clock: Clock
  readonly #followed: Promise<void>
  readonly #batches: AsyncIterator<{ readonly cursor: number }>
  #begunAt = 0
  #failure: unknown
  #wake: () => void = () => {}

  constructor(journal: ChangeJournal, schedule: WatchSchedule, clock: Clock) {
    this.#schedule = schedule
    this.#clock = clock
    this.#batches = journal[Symbol.asyncIterator]()
    this.#followed = this.#follow()
  }

  /** What was heard of up to this cursor is dealt with by the run that begins. */
  begins(now: number, cursor: number): void {
    this.#begunAt = cursor
    this.#schedule.begins(now)
  }

  /** False: it is to stop. */
  async untilDue(stop: AbortSignal | undefined, signal: AbortSignal | undefined): Promise<boolean> {
    for (;;) {
      signal?.throwIfAborted()
      if (stop?.aborted) return false
      if (this.#failure !== undefined) throw this.#failure
      const wait = this.#schedule.dueAt - this.#clock.now()
      if (wait <= 0) return true
      await this.#sleep(wait, stop, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The journal is closed after this, which ends the iteration.
    void this.#followed
    this.#wake()
  }

  async #sleep(milliseconds: number, ...signals: (AbortSignal | undefined)[]): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    const given = signals.filter((signal) => signal !== undefined)
    try {
      await this.#clock.sleep(milliseconds, { signal: AbortSignal.any([woken.signal, ...given]) })
    } catch (error) {
      if (!woken.signal.aborted && !given.some(({ aborted }) => aborted)) throw error
    }
  }

  async #follow(): Promise<void> {
    try {
      for (let next = await this.#batches.next(); !next.done; next = await this.#batches.next()) {
        if (next.value.cursor <= this.#begunAt) continue
        this.#schedule.changed(this.#clock.now())
        this.#wake()
      }
    } catch (error) {
      this.#failure = error
      this.#wake()
    }
  }
}
