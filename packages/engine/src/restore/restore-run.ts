import type { WorkerPool } from '@tercet/core'
import { equalBytes } from '@tercet/crypto'
import type { ReadingContext } from '../common/context.ts'
import type { EventListener } from '../common/events.ts'
import type { IssueLog } from '../common/issue-log.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import type { PlannedSource, PlannedVolume } from './block-sources.ts'
import { METADATA, type SourceTargets } from './block-targets.ts'
import { EntryProgress } from './entry-progress.ts'
import { DROPPED, type EntryTable, FILE, HASHED, PRESENT, WHOLE } from './entry-table.ts'
import { FinishQueue } from './finish-queue.ts'
import { FollowingHash } from './following-hash.ts'
import { JobEntriesBuilder } from './job-entries.ts'
import type { HardLink, TargetSettings, WriteJob, WriteResult } from './job-types.ts'
import { takeLastSteps } from './last-steps.ts'
import { Losses } from './losses.ts'
import { makeFolders } from './make-folders.ts'
import { MetadataStore } from './metadata-store.ts'
import { removeTemporaryFiles } from './remove-temporary-files.ts'
import type { RestoreJobs } from './restore-jobs.ts'
import type { PlanState, RestorePlan } from './restore-plan.ts'
import { TargetFiles, type UnfinishedFile } from './target-files.ts'
import { isVolumeProblem } from './volume-problem.ts'
import { writeVolume } from './write-volume.ts'

export interface RestoreRunOptions {
  readonly context: ReadingContext
  readonly plan: RestorePlan
  readonly pool: WorkerPool<RestoreJobs>
  readonly issues: IssueLog
  readonly emit: EventListener
  readonly signal: AbortSignal | undefined
  /** Part of all temporary names. */
  readonly token: string
}

/** The execution of one plan: volume after volume, then what has to come last. */
export class RestoreRun implements Disposable {
  readonly progress: EntryProgress
  readonly #options: RestoreRunOptions
  readonly #state: PlanState
  readonly #entries: EntryTable
  readonly #target: TargetSettings
  readonly #fetcher: VolumeFetcher
  readonly #metadata: MetadataStore
  readonly #losses: Losses
  readonly #hardLinks: HardLink[] = []
  readonly #finishing: FinishQueue
  readonly #followingHash: FollowingHash
  /** Followed files on their way to the queue. */
  readonly #completing: Promise<void>[] = []
  #files: TargetFiles | undefined
  readonly #stop = new AbortController()
  readonly #jobEntries: JobEntriesBuilder

  constructor(options: RestoreRunOptions) {
    const { context, plan, token } = options
    this.#options = options
    this.#state = plan.state
    this.#entries = plan.state.entries
    this.progress = new EntryProgress(this.#entries)
    this.#losses = new Losses({
      catalog: context.catalog,
      state: plan.state,
      progress: this.progress,
      issues: options.issues
    })
    const { root, version } = plan.state
    const { permissions } = plan.state.options
    this.#target = { root, permissions, token, versionTimeMs: version.time * 1000 }
    this.#fetcher = new VolumeFetcher(context.backend, context.spoolFolder)
    this.#metadata = new MetadataStore(plan.state.entries.count, context.spoolFolder)
    this.#jobEntries = new JobEntriesBuilder(plan.state)
    this.#followingHash = new FollowingHash({
      table: this.#entries,
      blocksize: plan.state.settings.blocksize,
      algorithm: plan.state.settings.fileHash,
      open: (entry) => this.#openUnfinished(entry)
    })
    this.#finishing = new FinishQueue({
      run: (job) => options.pool.run('restore-finish', job, { signal: this.#stop.signal }),
      entries: this.#jobEntries,
      table: this.#entries,
      target: this.#target,
      metadataOf: (entry) => this.#metadata.take(entry),
      onResult: (result) => {
        for (const issue of result.issues) options.issues.add(issue)
        this.#hardLinks.push(...result.hardLinks)
      },
      onFailed: () => {
        this.progress.failed += 1
      },
      onFinished: (entry) => this.progress.finished(entry)
    })
  }

  get fetchedBytes(): number {
    return this.#fetcher.bytes
  }

  get fetchedVolumes(): number {
    return this.#fetcher.volumes
  }

  async execute(): Promise<void> {
    const { signal } = this.#options
    const abort = (): void => this.#stop.abort(signal?.reason)
    signal?.addEventListener('abort', abort, { once: true })
    try {
      signal?.throwIfAborted()
      await this.#run()
    } catch (error) {
      this.#stop.abort(error)
      await this.#options.pool[Symbol.asyncDispose]()
      this.#followingHash[Symbol.dispose]()
      removeTemporaryFiles(this.#state, this.#target.token)
      throw signal?.aborted ? signal.reason : error
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  [Symbol.dispose](): void {
    this.#followingHash[Symbol.dispose]()
    this.#files?.close()
    this.#fetcher[Symbol.dispose]()
    this.#metadata[Symbol.dispose]()
  }

  async #run(): Promise<void> {
    const { emit } = this.#options
    emit({ type: 'phase-start', phase: 'restore' })
    // Files make the folders that they need themselves, so nothing waits for the others.
    const folders = makeFolders({
      folders: this.#state.folders,
      target: this.#target,
      issues: this.#options.issues,
      run: (job) => this.#options.pool.run('restore-folders', job, { signal: this.#stop.signal })
    })
    await Promise.all([folders, this.#writeFiles()])
    await this.#finishing.drain()
    const last = await takeLastSteps({
      state: this.#state,
      target: this.#target,
      jobEntries: this.#jobEntries,
      metadata: this.#metadata,
      hardLinks: this.#hardLinks,
      issues: this.#options.issues,
      run: (name, job) => this.#options.pool.run(name, job as never, { signal: this.#stop.signal })
    })
    this.progress.lastFailed(last)
    emit({ type: 'phase-end', phase: 'restore' })
  }

  async #writeFiles(): Promise<void> {
    await this.#finishWithoutBlocks()
    const { sources } = this.#state
    let next = 0
    while (next < sources.length) {
      const round = sources.slice(next)
      await this.#writeFrom(round, next)
      next = sources.length
      this.#losses.findOtherCopies()
    }
    for (const entry of this.#losses.giveUp()) await this.#finishing.add(entry)
    await this.#discardDropped()
    await Promise.all(this.#completing)
  }

  /** Files that need nothing from anywhere. */
  async #finishWithoutBlocks(): Promise<void> {
    for (let entry = 0; entry < this.#entries.count; entry++) {
      if (this.#entries.kinds.at(entry) !== FILE || this.#entries.has(entry, DROPPED)) continue
      if (this.#entries.remaining.at(entry) > 0) continue
      if (this.#entries.has(entry, PRESENT)) this.progress.finished(entry)
      else await this.#finishing.add(entry)
    }
  }

  /** Takes the sources one after the other, as many at a time as there are workers, and one being fetched. */
  async #writeFrom(round: readonly PlannedSource[], first: number): Promise<void> {
    const shares = this.#state.targets.bySource(first + round.length)
    let next = 0
    // Local files first, and alone: files finished later may replace them.
    if (round[0]?.kind === 'files') {
      await this.#writeSource(round[0], shares.share(first))
      next = 1
    }
    const take = async (): Promise<void> => {
      while (next < round.length) {
        const index = next++
        await this.#writeSource(round[index] as PlannedSource, shares.share(first + index))
      }
    }
    await Promise.all(Array.from({ length: this.#options.pool.size + 1 }, take))
  }

  async #writeSource(source: PlannedSource, share: SourceTargets): Promise<void> {
    if (share.sizes.length === 0) return
    if (source.kind === 'files') {
      const job = this.#job(source.source(share), share)
      await this.#take(job, await this.#runWrite(job), undefined)
      return
    }
    const { emit, plan } = this.#options
    try {
      using volume = await this.#fetcher.fetch(source.name, { signal: this.#stop.signal })
      const { fetchedVolumes: fetched } = this
      emit({ type: 'fetch-end', name: source.name, fetched, total: plan.volumesToFetch.length })
      await this.#writeVolume(source, volume.path, share)
    } catch (error) {
      if (this.#stop.signal.aborted || !isVolumeProblem(error)) throw error
      this.#losses.add(share, share.sizes.keys(), source, error)
    }
  }

  async #writeVolume(source: PlannedVolume, path: string, share: SourceTargets): Promise<void> {
    const { name, expected } = source
    const job = this.#job({ kind: 'volume', name, path, expected }, share)
    const result = await writeVolume(
      expected,
      (expectation) =>
        this.#runWrite({ ...job, source: { kind: 'volume', name, path, expected: expectation } }),
      (damage) => this.#losses.reportVolume(source, damage)
    )
    await this.#take(job, result, source)
  }

  #runWrite(job: WriteJob): Promise<WriteResult> {
    return this.#options.pool.run('restore-write', job, { signal: this.#stop.signal, long: true })
  }

  #job(source: WriteJob['source'], share: SourceTargets): WriteJob {
    const { blocksize, blockHash, fileHash } = this.#state.settings
    const { entries, targetEntries } = this.#jobEntries.forTargets(share.targetEntries)
    const settings = { blocksize, blockHash, fileHash }
    return { ...share, targetEntries, source, settings, target: this.#target, entries }
  }

  /** Books what a job has done. */
  async #take(job: WriteJob, result: WriteResult, volume: PlannedVolume | undefined): Promise<void> {
    const { issues, emit, plan } = this.#options
    for (const issue of result.issues) issues.add(issue)
    const { numbers } = job.entries
    for (const local of result.failedEntries) this.progress.drop(numbers[local] as number)
    for (const local of result.unfinished) this.#entries.unmark(numbers[local] as number, WHOLE)
    for (const { entry, digest } of result.digests) {
      const number = numbers[entry] as number
      if (equalBytes(digest, this.#entries.hash(number))) this.#entries.unmark(number, HASHED)
    }
    this.#hardLinks.push(...result.hardLinks)
    this.#metadata.keep(result)
    this.progress.bytes += result.writtenBytes
    if (result.failedBlocks.length > 0) this.#losses.add(job, result.failedBlocks, volume, result.failures[0])
    const failed = new Set(result.failedBlocks)
    for (let block = 0; block < job.sizes.length; block++) {
      if (!failed.has(block)) await this.#arrived(job, block)
    }
    const { files, bytes } = this.progress
    emit({ type: 'restore-progress', files, bytes, totalFiles: plan.files, totalBytes: plan.bytes })
  }

  async #arrived(job: WriteJob, block: number): Promise<void> {
    const end = job.targetStarts[block + 1] as number
    for (let at = job.targetStarts[block] as number; at < end; at++) {
      const entry = job.entries.numbers[job.targetEntries[at] as number] as number
      const index = job.targetIndexes[at] as number
      if (index < METADATA) this.#followingHash.arrived(entry, index)
      const remaining = this.#entries.remaining.at(entry) - 1
      this.#entries.remaining.set(entry, remaining)
      if (remaining > 0 || this.#entries.has(entry, DROPPED) || this.#entries.kinds.at(entry) !== FILE)
        continue
      if (this.#entries.has(entry, WHOLE)) this.progress.finished(entry)
      else if (this.#followingHash.follows(entry)) this.#completing.push(this.#complete(entry))
      else await this.#finishing.add(entry)
    }
  }

  async #complete(entry: number): Promise<void> {
    await this.#followingHash.complete()
    // The queue's failure is thrown when it is drained, too.
    await this.#finishing.add(entry).catch(() => undefined)
  }

  #openUnfinished(entry: number): UnfinishedFile {
    this.#files ??= new TargetFiles(this.#target)
    return this.#files.openUnfinished(this.#state.pathOf(entry) as string, entry)
  }

  /** Removes what was begun of files that failed. */
  async #discardDropped(): Promise<void> {
    for (let entry = 0; entry < this.#entries.count; entry++) {
      if (this.#entries.kinds.at(entry) !== FILE || !this.#entries.has(entry, DROPPED)) continue
      if (!this.#entries.has(entry, WHOLE)) await this.#finishing.add(entry)
    }
  }
}
