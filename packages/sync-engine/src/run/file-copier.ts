/**
 * Copies files to one replica: each from the feed, once; what failed again in further passes, straight from the primary.
 */
import { type Clock, isTercetError } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import type { PlannedPut } from '../plan/sync-plan.ts'
import { SyncError, type SyncErrorCode } from '../sync-error.ts'
import { MOVED, type TakenFile } from '../transfer/feed-slot.ts'
import type { FileFeed } from '../transfer/file-feed.ts'
import { type FileContent, PrimaryChangedError, type PrimaryReader } from '../transfer/primary-reader.ts'
import { putFile } from '../transfer/put-file.ts'
import { forEachLimited } from './for-each-limited.ts'
import type { ReplicaState } from './replica-state.ts'
import type { SyncProgress } from './sync-progress.ts'

/** Pause before another pass over files that could not be copied. */
const RETRY_PAUSE_MS = 5000
/** Failures in a row, for each upload at once, after which a pass is broken off: the replica does not answer. */
const HOPELESS_AFTER = 2

/** Failures that concern the replica and not the one file. */
const FATAL = [
  'STORAGE_ACCESS_DENIED',
  'STORAGE_READ_ONLY',
  'STORAGE_FULL',
  'STORAGE_CLOSED',
  'STORAGE_NOT_FOUND'
]

export interface FileCopierOptions {
  readonly state: ReplicaState
  readonly endpoint: Endpoint
  readonly reader: PrimaryReader
  readonly progress: SyncProgress
  /** Files at once. */
  readonly concurrency: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

export class FileCopier {
  /** Where files come from; another one after the replica was detached. */
  feed: FileFeed
  readonly #id: string
  readonly #options: FileCopierOptions
  /** Files that the feed has handed over or was told to keep: it is not asked for them again. */
  readonly #settled = new Set<string>()
  #failuresInARow = 0

  constructor(feed: FileFeed, options: FileCopierOptions) {
    this.feed = feed
    this.#id = options.state.replica.id
    this.#options = options
  }

  /** Resolves when each is there or given up; rejects with what concerns the whole replica, and on abort. */
  async copyAll(files: readonly PlannedPut[]): Promise<void> {
    const { state, clock, signal, concurrency } = this.#options
    const { retry } = state.replica.settings
    let pending = files
    for (let pass = 0; ; pass++) {
      const failed: { readonly put: PlannedPut; readonly error: unknown }[] = []
      const left = new Set(pending)
      this.#failuresInARow = 0
      await forEachLimited(pending, concurrency, signal, async (put) => {
        if (this.#failuresInARow >= HOPELESS_AFTER * concurrency) return
        left.delete(put)
        try {
          await this.#put(put)
          this.#failuresInARow = 0
        } catch (error) {
          signal.throwIfAborted()
          if (error instanceof PrimaryChangedError || isFatal(error)) throw error
          this.#failuresInARow++
          failed.push({ put, error })
        }
      })
      if (failed.length === 0 && left.size === 0) return
      if (pass >= retry) {
        this.#giveUp(failed, left)
        return
      }
      await clock.sleep(RETRY_PAUSE_MS, { signal })
      const isFailed = new Set(failed.map(({ put }) => put))
      pending = pending.filter((put) => isFailed.has(put) || left.has(put))
    }
  }

  #giveUp(
    failed: readonly { readonly put: PlannedPut; readonly error: unknown }[],
    left: ReadonlySet<PlannedPut>
  ): void {
    const { state } = this.#options
    for (const { put, error } of failed) {
      state.notCopied.add(put.path)
      const code = issueCodeOf(error)
      if (code === 'SYNC_LOCKED') state.locked++
      // What is locked and as long as it should be may stay as it is.
      const isTolerable = code === 'SYNC_LOCKED' && (put.reason === 'newer' || put.reason === 'forced')
      if (isTolerable) state.notCopied.delete(put.path)
      const severity = isTolerable ? 'warning' : 'error'
      state.issue(
        code,
        severity,
        `${put.path} was not copied to the replica "${this.#id}": ${textOf(error)}`,
        put.path
      )
    }
    this.leaveOut([...left])
  }

  async #put(put: PlannedPut): Promise<void> {
    const { state, progress, endpoint, signal, clock } = this.#options
    if (await this.#copyWithinStore(put)) return
    const taken = this.#settled.has(put.path) ? undefined : await this.#take(put.path)
    const content = taken?.content ?? (await this.#directly(put))
    try {
      await putFile(put, content, {
        replica: state.replica,
        endpoint,
        now: () => clock.now(),
        signal,
        onProgress: (bytes) => progress.sent(this.#id, put.path, bytes)
      })
      this.#countPut(put, content.source.size)
    } finally {
      progress.finished(this.#id, put.path, undefined)
      taken?.release()
      if (taken === undefined) await content.dispose()
    }
  }

  /** Without the spool: a file that was given up there while others went on. */
  async #directly(put: PlannedPut): Promise<FileContent> {
    const { reader } = this.#options
    const local = await reader.findLocal(put)
    if (local !== undefined) return local
    const size = put.sizeBytes ?? (await reader.sizeOf(put.path))
    return reader.stream({ path: put.path, sizeBytes: size }, size, true)
  }

  /** So that the feed waits for nobody. */
  #drop(path: string): void {
    if (this.#settled.has(path)) return
    this.#settled.add(path)
    this.feed.drop(path, this.#id)
  }

  /** Undefined: no feed has it. */
  async #take(path: string): Promise<TakenFile | undefined> {
    if (this.#options.state.replica.copyFromPrimary !== undefined) return undefined
    this.#settled.add(path)
    for (let feed: FileFeed | undefined; feed !== this.feed; ) {
      feed = this.feed
      const taken = await feed.take(path, this.#id)
      if (taken !== MOVED) return taken
    }
    return undefined
  }

  async #copyWithinStore(put: PlannedPut): Promise<boolean> {
    const { state, endpoint, signal } = this.#options
    const copy = state.replica.copyFromPrimary
    if (copy === undefined) return false
    try {
      await endpoint.run('upload', { method: 'copy', signal }, () => copy(put.path, { signal }))
    } catch (error) {
      signal.throwIfAborted()
      if (isTercetError(error, 'STORAGE_UNSUPPORTED')) return false
      throw error
    }
    state.replica.ledger?.delete(put.path)
    this.#countPut(put, put.sizeBytes ?? 0)
    return true
  }

  #countPut(put: PlannedPut, bytes: number): void {
    const { state, progress } = this.#options
    state.copied.files++
    state.copied.bytes += bytes
    progress.finished(this.#id, put.path, bytes)
  }

  /** Files that are not to be copied now: nobody waits for them. */
  leaveOut(files: readonly PlannedPut[]): void {
    for (const { path } of files) {
      this.#options.state.notCopied.add(path)
      this.#drop(path)
    }
  }
}

function isFatal(error: unknown): boolean {
  return FATAL.some((code) => isTercetError(error, code)) || isTercetError(error, 'SYNC_SPOOL_FAILED')
}

function issueCodeOf(error: unknown): SyncErrorCode {
  if (isTercetError(error, 'STORAGE_LOCKED')) return 'SYNC_LOCKED'
  return error instanceof SyncError ? error.code : 'SYNC_COPY_FAILED'
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
