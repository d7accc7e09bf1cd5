/**
 * Carries out the plan of one replica, step by step. What is shown there is complete at every moment:
 *
 * - data, then its index, then the lists of versions, then the rest; the next only when all before is acknowledged, and
 *   no list when any data or index is missing;
 * - lists are shown and files taken away only while the primary is as it was planned for;
 * - files go only when every copy has succeeded, the lists first.
 */
import { type Clock, isTercetError } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { DELETE_ORDER, PUT_ORDER } from '../file-class.ts'
import type { PlannedDelete, PlannedPut, ReplicaPlan } from '../plan/sync-plan.ts'
import { SyncError, type SyncErrorCode } from '../sync-error.ts'
import { type FileFeed, MOVED, type TakenFile } from '../transfer/file-feed.ts'
import { type FileContent, PrimaryChangedError, type PrimaryReader } from '../transfer/primary-reader.ts'
import { putFile } from '../transfer/put-file.ts'
import { deleteFiles } from './delete-files.ts'
import { forEachLimited } from './for-each-limited.ts'
import type { PrimaryWatch } from './primary-watch.ts'
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

export interface ReplicaRunOptions {
  readonly plan: ReplicaPlan
  readonly state: ReplicaState
  readonly endpoint: Endpoint
  readonly watch: PrimaryWatch
  readonly reader: PrimaryReader
  readonly progress: SyncProgress
  readonly concurrency: { readonly upload: number; readonly delete: number }
  readonly clock: Clock
  readonly signal: AbortSignal
}

export class ReplicaRun {
  readonly id: string
  /** Where its files come from; another one after it was detached. */
  feed: FileFeed
  readonly #options: ReplicaRunOptions
  /** Files that the feed has handed over or was told to keep: it is not asked for them again. */
  readonly #settled = new Set<string>()
  #failuresInARow = 0
  #deletedAt: number | undefined

  constructor(feed: FileFeed, options: ReplicaRunOptions) {
    this.id = options.plan.id
    this.feed = feed
    this.#options = options
  }

  /** Rejects on abort only; everything else is in the state. */
  async execute(): Promise<void> {
    const { state, clock, signal, plan } = this.#options
    try {
      for (const path of plan.unmended) state.notCopied.add(path)
      for (const step of stepsOf(plan)) {
        await this.#putStep(plan.puts.filter((put) => put.step === step))
        await this.#deleteStep(plan.deletes.filter((file) => file.step === step))
      }
      this.#end()
    } catch (error) {
      signal.throwIfAborted()
      if (error instanceof PrimaryChangedError) {
        this.#options.watch.hasChanged = true
        state.status = 'changed'
        return
      }
      this.#fail(error)
    } finally {
      if (this.#deletedAt !== undefined) state.windowMs = clock.monotonic() - this.#deletedAt
      this.feed.leave(this.id)
    }
  }

  async #putStep(puts: readonly PlannedPut[]): Promise<void> {
    const { state, progress, watch } = this.#options
    for (const fileClass of PUT_ORDER) {
      const files = puts.filter((put) => put.class === fileClass)
      if (files.length === 0) continue
      if ((fileClass === 'dlist' || fileClass === 'other') && state.notCopied.size > 0) {
        for (const { path } of files) {
          state.notCopied.add(path)
          this.#drop(path)
        }
        continue
      }
      if (fileClass === 'dlist' && !(await watch.isUnchanged()))
        throw new PrimaryChangedError('before a list')
      progress.state(this.id, 'copying')
      await this.#putAll(files)
    }
  }

  async #putAll(files: readonly PlannedPut[]): Promise<void> {
    const { state, clock, signal, concurrency } = this.#options
    const { retry } = state.replica.settings
    let pending = files
    for (let pass = 0; ; pass++) {
      const failed: { readonly put: PlannedPut; readonly error: unknown }[] = []
      const left = new Set(pending)
      this.#failuresInARow = 0
      await forEachLimited(pending, concurrency.upload, signal, async (put) => {
        if (this.#failuresInARow >= HOPELESS_AFTER * concurrency.upload) return
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
        `${put.path} was not copied to the replica "${this.id}": ${textOf(error)}`,
        put.path
      )
    }
    for (const { path } of left) {
      state.notCopied.add(path)
      this.#drop(path)
    }
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
        onProgress: (bytes) => progress.sent(this.id, put.path, bytes)
      })
      this.#countPut(put, content.source.size)
    } finally {
      progress.finished(this.id, put.path, undefined)
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
    this.feed.drop(path, this.id)
  }

  /** Undefined: no feed has it. */
  async #take(path: string): Promise<TakenFile | undefined> {
    if (this.#options.state.replica.copyFromPrimary !== undefined) return undefined
    this.#settled.add(path)
    for (let feed: FileFeed | undefined; feed !== this.feed; ) {
      feed = this.feed
      const taken = await feed.take(path, this.id)
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
    progress.finished(this.id, put.path, bytes)
  }

  async #deleteStep(files: readonly PlannedDelete[]): Promise<void> {
    if (files.length === 0) return
    const { state, watch, clock, plan, progress, endpoint, concurrency, signal } = this.#options
    if (state.notCopied.size > 0) {
      const kept = `${files.length} files of the replica "${this.id}" stay until everything was copied`
      state.issue('SYNC_DELETE_FAILED', 'warning', kept)
      return
    }
    if (!(await watch.isUnchanged())) throw new PrimaryChangedError('before a deletion')
    if (plan.deleteOrder === 'before-copy' && plan.puts.length > 0) this.#deletedAt ??= clock.monotonic()
    progress.state(this.id, 'deleting')
    for (const fileClass of DELETE_ORDER) {
      const ofClass = files.filter((file) => file.class === fileClass)
      const onDone = ({ path }: PlannedDelete) => progress.finished(this.id, path, 0)
      await deleteFiles(ofClass, { state, endpoint, concurrency: concurrency.delete, signal, onDone })
    }
  }

  #end(): void {
    const { state, clock } = this.#options
    const now = clock.now()
    if (state.notCopied.size > 0) {
      const text = `${state.notCopied.size} files of the replica "${this.id}" are missing or not as they should be`
      state.end(
        state.copied.files > 0 || this.#options.plan.equalFiles > 0 ? 'partial' : 'failed',
        now,
        'SYNC_COPY_FAILED',
        text
      )
    } else if (state.issues.some(({ code }) => code === 'SYNC_DELETE_FAILED')) {
      state.end(
        'partial',
        now,
        'SYNC_DELETE_FAILED',
        `Files could not be removed from the replica "${this.id}"`
      )
    } else if (state.issues.some(({ severity }) => severity === 'error')) {
      state.end('partial', now, 'SYNC_UNDECIDED', `The replica "${this.id}" is not known to be sound`)
    } else state.end('succeeded', now)
  }

  #fail(error: unknown): void {
    const { state, clock, plan } = this.#options
    const isFull = isTercetError(error, 'STORAGE_FULL')
    const code: SyncErrorCode = isFull
      ? 'SYNC_NO_SPACE'
      : error instanceof SyncError
        ? error.code
        : 'SYNC_REPLICA_FAILED'
    if (isFull) state.bytesStillNeeded = Math.max(0, plan.putBytes - state.copied.bytes)
    const text = `The replica "${this.id}" was given up: ${textOf(error)}`
    state.issue(code, 'error', text)
    state.end('failed', clock.now(), code, text)
  }
}

function stepsOf({ puts, deletes }: ReplicaPlan): number[] {
  return [...new Set([...puts, ...deletes].map(({ step }) => step))].sort((a, b) => a - b)
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
