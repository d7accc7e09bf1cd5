/**
 * Carries out the plan of one replica, step by step. What is shown there is complete at every moment:
 *
 * - data, then its index, then the lists of versions, then the rest; the next only when all before is acknowledged, and
 *   no list when any data or index is missing;
 * - lists are shown and files taken away only while the primary is as it was planned for;
 * - files go only when every copy has succeeded, the lists first, and data only when the lists are gone.
 */
import { type Clock, isTercetError } from '@tercet/interface'
import type { Endpoint } from '../endpoint/endpoint.ts'
import { DELETE_ORDER } from '../file-class.ts'
import type { PlannedDelete, PlannedPut, ReplicaPlan } from '../plan/sync-plan.ts'
import { SyncError, type SyncErrorCode } from '../sync-error.ts'
import type { FileFeed } from '../transfer/file-feed.ts'
import { PrimaryChangedError, type PrimaryReader } from '../transfer/primary-reader.ts'
import { deleteFiles } from './delete-files.ts'
import { FileCopier } from './file-copier.ts'
import type { PrimaryWatch } from './primary-watch.ts'
import { classesOf, stepsOf } from './put-sequence.ts'
import type { ReplicaState } from './replica-state.ts'
import type { SyncProgress } from './sync-progress.ts'

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
  readonly #options: ReplicaRunOptions
  readonly #copier: FileCopier
  #deletedAt: number | undefined
  /** A list of a version that was to be deleted and is still there. */
  #visibleList: string | undefined

  constructor(feed: FileFeed, options: ReplicaRunOptions) {
    this.id = options.plan.id
    this.#options = options
    this.#copier = new FileCopier(feed, { ...options, concurrency: options.concurrency.upload })
  }

  /** Where its files come from; another one after it was detached. */
  get feed(): FileFeed {
    return this.#copier.feed
  }

  set feed(feed: FileFeed) {
    this.#copier.feed = feed
  }

  /** Rejects on abort only; everything else is in the state. */
  async execute(): Promise<void> {
    const { state, clock, signal, plan } = this.#options
    try {
      for (const path of plan.unmended) state.notCopied.add(path)
      for (const step of stepsOf(plan)) {
        for (const files of classesOf(plan, step)) await this.#putClass(files)
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

  async #putClass(files: readonly PlannedPut[]): Promise<void> {
    const { state, progress, watch } = this.#options
    const fileClass = files[0]?.class
    if (fileClass === undefined) return
    const needsOthers = fileClass === 'dlist' || fileClass === 'other'
    if (needsOthers && state.notCopied.size > 0) return this.#copier.leaveOut(files)
    if (fileClass === 'dlist' && !(await watch.isUnchanged())) throw new PrimaryChangedError('before a list')
    progress.state(this.id, 'copying')
    await this.#copier.copyAll(files)
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
      const isData = fileClass === 'dindex' || fileClass === 'dblock'
      if (isData && this.#visibleList !== undefined) {
        this.#keepData(ofClass, this.#visibleList)
        continue
      }
      const onDone = ({ path }: PlannedDelete) => progress.finished(this.id, path, 0)
      const deletion = { state, endpoint, concurrency: concurrency.delete, signal, onDone }
      const kept = await deleteFiles(ofClass, deletion)
      if (fileClass === 'dlist') this.#visibleList ??= kept[0]?.path
    }
  }

  /** A version that is still shown may need it. */
  #keepData(files: readonly PlannedDelete[], list: string): void {
    if (files.length === 0) return
    const { state } = this.#options
    const isLocked = state.issues.some(({ code, volume }) => code === 'SYNC_LOCKED' && volume === list)
    const text = `${files.length} files of the replica "${this.id}" stay as long as ${list} does, which may need them`
    state.issue(isLocked ? 'SYNC_LOCKED' : 'SYNC_DELETE_FAILED', 'warning', text)
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
    state.end('failed', clock.now(), code, text, isTercetError(error) ? error.code : undefined)
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
