import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import { assertKnownKeys, type CallOptions, ConfigurationError } from '@tercet/interface'
import { type FileLock, loadNative, lockFile, NativeError } from '@tercet/native'
import { BatchFeed } from './batch-feed.ts'
import type { ChangeBatch, ChangeJournal, ChangeSet, Cursor, WatchIssue } from './change-journal.ts'
import type { GateModule } from './gate.ts'
import type { ChangeSummary, HostSetup } from './journal-host.ts'
import { JournalStore } from './journal-store.ts'
import type { WatchMethod } from './linux/create-watcher.ts'
import { outermost } from './paths.ts'
import { WatchError } from './watch-error.ts'
import { WatchHints } from './watch-hints.ts'
import { WatchInline } from './watch-inline.ts'
import { findWorker, WatchThread } from './watch-thread.ts'

export interface ChangeJournalOptions {
  /** Files and folders. Relative ones start at the working directory. */
  readonly roots: readonly string[]
  /** File of the journal; made if it is not there. Two journals cannot share one. */
  readonly store: string
  /**
   * Files and folders of the caller inside the roots which change by what it does itself. They are not watched, and
   * nothing is noted of them. The journal's own files are always among them.
   */
  readonly ownPaths?: readonly string[] | undefined
  /** What need not be watched, as a module, since the watching has a thread of its own. @defaultValue everything is */
  readonly gate?: GateModule | undefined
  /** The worker module, for programs that were bundled into one file. */
  readonly workerUrl?: URL | undefined
  /** `false`: on the calling thread, looking twenty times a second. @defaultValue true */
  readonly thread?: boolean | undefined
  /** Says for whom the journal is kept: {@link openRecordedChanges} of another process wants the same. */
  readonly purpose?: string | undefined
  /**
   * `fanotify` watches whole file systems, which needs the rights of an administrator; `inotify` each folder.
   * @defaultValue the first of them that works
   */
  readonly method?: WatchMethod | undefined
  readonly onIssue?: ((issue: WatchIssue) => void) | undefined
}

const OPTION_KEYS = [
  'roots',
  'store',
  'ownPaths',
  'gate',
  'workerUrl',
  'thread',
  'purpose',
  'method',
  'onIssue'
]

/** One of the ways to watch. */
interface Watch extends AsyncDisposable {
  readonly method: WatchMethod | 'hints'
  changes(signal?: AbortSignal): Promise<ChangeSummary>
  settle(cursor: Cursor, baseline: string): Promise<void>
}

/**
 * Watches folders from now on. Everything in them is in doubt at first, whatever the file says: nobody watched before.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_MISSING`
 * @throws WatchError `WATCH_METHOD_UNAVAILABLE`, `WATCH_NO_ROOT`, `WATCH_STORE_LOCKED`, `WATCH_STORE_UNUSABLE`, `WATCH_STORE_NEWER`, `WATCH_FAILED`
 */
export async function openChangeJournal(options: ChangeJournalOptions): Promise<ChangeJournal> {
  assertKnownKeys(options, OPTION_KEYS, 'openChangeJournal')
  if (options.roots.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', 'roots: name at least one folder')
  const storePath = resolve(options.store)
  const onIssue = options.onIssue ?? (() => {})
  const roots = settleRoots(options.roots, onIssue)
  const native = loadNative()
  const canWatch = native?.posix?.fileEvents !== undefined && native.posix.stat !== undefined
  const lock = native?.posix === undefined ? undefined : lockStore(native.posix, storePath)
  const setup: HostSetup = {
    storePath,
    roots,
    ownPaths: [...(options.ownPaths ?? []).map((path) => resolve(path)), ...filesOf(storePath)],
    gate: options.gate,
    purpose: options.purpose,
    method: options.method
  }
  const journal = new Journal(roots, storePath, canWatch ? 'events' : 'hints', lock)
  const listener = {
    onBatch: (batch: ChangeBatch) => journal.heard(batch),
    onIssue,
    onFailure: (error: WatchError) => journal.failed(error)
  }
  try {
    const entry = options.thread === false ? undefined : findWorker(options.workerUrl)
    if (!canWatch) {
      const message = 'This system has no watching that can be relied on: the sources are scanned each time'
      onIssue({ code: 'WATCH_UNAVAILABLE', severity: 'warning', path: roots[0]!, message })
      journal.watch = new WatchHints(setup, listener)
    } else if (entry === undefined) journal.watch = await WatchInline.start(native, setup, listener)
    else journal.watch = await WatchThread.start(native.posix, entry, setup, listener)
    return journal
  } catch (error) {
    lock?.[Symbol.dispose]()
    throw error
  }
}

class Journal implements ChangeJournal {
  readonly roots: readonly string[]
  readonly precision: 'events' | 'hints'
  watch: Watch | undefined
  readonly #storePath: string
  readonly #lock: FileLock | undefined
  readonly #feed = new BatchFeed()
  #lastChangeAtMs: number | undefined
  #isClosed = false

  constructor(
    roots: readonly string[],
    storePath: string,
    precision: 'events' | 'hints',
    lock: FileLock | undefined
  ) {
    this.roots = roots
    this.precision = precision
    this.#storePath = storePath
    this.#lock = lock
  }

  get method(): WatchMethod | 'hints' {
    return this.watch!.method
  }

  get lastChangeAtMs(): number | undefined {
    return this.#lastChangeAtMs
  }

  heard(batch: ChangeBatch): void {
    this.#lastChangeAtMs = Date.now()
    this.#feed.push(batch)
  }

  failed(error: WatchError): void {
    this.#feed.end(error)
  }

  async changes({ signal }: CallOptions = {}): Promise<ChangeSet> {
    signal?.throwIfAborted()
    const changes = await this.#open().changes(signal)
    return { ...changes, dirty: { [Symbol.iterator]: () => readDirty(this.#storePath) } }
  }

  async settle(cursor: Cursor, baseline: string): Promise<void> {
    await this.#open().settle(cursor, baseline)
  }

  [Symbol.asyncIterator](): AsyncIterator<ChangeBatch> {
    return this.#feed.read()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#feed.end()
    await this.watch?.[Symbol.asyncDispose]()
    this.#lock?.[Symbol.dispose]()
  }

  #open(): Watch {
    if (this.#isClosed) throw new WatchError('WATCH_CLOSED', 'The journal was closed')
    return this.watch!
  }
}

function* readDirty(storePath: string): Generator<string> {
  using store = JournalStore.reader(storePath)
  yield* store.dirty()
}

/** Absolute and without those inside others. */
function settleRoots(given: readonly string[], onIssue: (issue: WatchIssue) => void): readonly string[] {
  const all = [...new Set(given.map((root) => resolve(root)))]
  const roots = outermost(all.map((path) => ({ path }))).map(({ path }) => path)
  for (const path of all.filter((root) => !roots.includes(root))) {
    const message = `${path} is inside another of the folders to watch, which covers it`
    onIssue({ code: 'WATCH_ROOT_NESTED', severity: 'info', path, message })
  }
  if (!roots.some((root) => statSync(root, { throwIfNoEntry: false }) !== undefined)) {
    throw new WatchError(
      'WATCH_NO_ROOT',
      `None of the folders to watch is there (${roots.join(', ')}): are they mounted?`
    )
  }
  return roots
}

function lockStore(posix: Parameters<typeof lockFile>[0], storePath: string): FileLock {
  try {
    return lockFile(posix, `${storePath}.lock`)
  } catch (cause) {
    const isLocked = cause instanceof NativeError && cause.code === 'NATIVE_LOCKED'
    throw isLocked
      ? new WatchError('WATCH_STORE_LOCKED', `Another process writes the journal ${storePath}`, { cause })
      : new WatchError(
          'WATCH_STORE_UNUSABLE',
          `The journal ${storePath} cannot be made: ${(cause as Error).message}`,
          {
            cause
          }
        )
  }
}

function filesOf(storePath: string): string[] {
  return ['', '-wal', '-shm', '-journal', '.lock', '.damaged'].map((suffix) => storePath + suffix)
}
