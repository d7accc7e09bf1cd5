import { rmSync } from 'node:fs'
import type { WorkerPool } from '@tercet/core'
import { isTercetError } from '@tercet/interface'
import { currentPlatform, joinTarget } from '@tercet/source-fs'
import type { ReadingContext } from '../common/context.ts'
import type { EventListener } from '../common/events.ts'
import { PackedBytes } from '../common/growable.ts'
import type { IssueLog } from '../common/issue-log.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import { assignVolumes, type PlannedSource, type PlannedVolume } from './block-sources.ts'
import { METADATA, type SourceTargets } from './block-targets.ts'
import { DONE, DROPPED, type EntryTable, FILE, IN_PLACE, PRESENT, SYMLINK, WHOLE } from './entry-table.ts'
import { FinishQueue } from './finish-queue.ts'
import { FollowingHash } from './following-hash.ts'
import { JobEntriesBuilder } from './job-entries.ts'
import type { HardLink, TargetSettings, WriteJob, WriteResult } from './job-types.ts'
import { takeLastSteps } from './last-steps.ts'
import { LostBlocks } from './lost-blocks.ts'
import { MetadataStore } from './metadata-store.ts'
import type { RestoreJobs } from './restore-jobs.ts'
import type { PlanState, RestorePlan } from './restore-plan.ts'
import { TargetFiles, type UnfinishedFile } from './target-files.ts'
import { temporaryPath } from './temporary-path.ts'
import { isVolumeProblem, passphraseError } from './volume-problem.ts'

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

/** Folders made in one job. */
const FOLDERS_PER_JOB = 5000

/** The execution of one plan: volume after volume, then what has to come last. */
export class RestoreRun implements Disposable {
  files = 0
  bytes = 0
  failed = 0
  failedFolders = 0
  failedLinks = 0
  readonly #options: RestoreRunOptions
  readonly #state: PlanState
  readonly #entries: EntryTable
  readonly #target: TargetSettings
  readonly #fetcher: VolumeFetcher
  readonly #metadata: MetadataStore
  readonly #lost = new LostBlocks()
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
        this.failed += 1
      },
      onFinished: (entry) => this.#finished(entry)
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
      this.#removeTemporaryFiles()
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
    await Promise.all([this.#makeFolders(), this.#writeFiles()])
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
    this.failed += last.folders + last.links + last.names
    this.failedFolders += last.folders
    this.failedLinks += last.links
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
      if (this.#lost.changed()) this.#findOtherCopies()
    }
    await this.#giveUpLost()
    await this.#discardDropped()
    await Promise.all(this.#completing)
  }

  async #makeFolders(): Promise<void> {
    const { folders } = this.#state
    for (let at = 0; at < folders.length; at += FOLDERS_PER_JOB) {
      const paths = new PackedBytes()
      for (const folder of folders.slice(at, at + FOLDERS_PER_JOB)) paths.pushText(folder)
      const job = { target: this.#target, paths: paths.pack() }
      const result = await this.#options.pool.run('restore-folders', job, { signal: this.#stop.signal })
      for (const issue of result.issues) this.#options.issues.add(issue)
    }
  }

  /** Files that need nothing from anywhere. */
  async #finishWithoutBlocks(): Promise<void> {
    for (let entry = 0; entry < this.#entries.count; entry++) {
      if (this.#entries.kinds.at(entry) !== FILE || this.#entries.has(entry, DROPPED)) continue
      if (this.#entries.remaining.at(entry) > 0) continue
      if (this.#entries.has(entry, PRESENT)) this.#finished(entry)
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
    const failure = (error: unknown): void => this.#loseAll(source, share, error)
    try {
      using volume = await this.#fetcher.fetch(source.name, { signal: this.#stop.signal })
      const { fetchedVolumes: fetched } = this
      emit({ type: 'fetch-end', name: source.name, fetched, total: plan.volumesToFetch.length })
      await this.#writeVolume(source, volume.path, share)
    } catch (error) {
      if (this.#stop.signal.aborted || !isVolumeProblem(error)) throw error
      failure(error)
    }
  }

  /**
   * The recorded hash of the volume is only asked for when something is wrong: what is written is verified anyway, by
   * the HMAC of the volume and the hash of each block, and a pass over all bytes is saved.
   */
  async #writeVolume(source: PlannedVolume, path: string, share: SourceTargets): Promise<void> {
    const { name, expected } = source
    const job = this.#job({ kind: 'volume', name, path, expected }, share)
    const write = (expectation: PlannedVolume['expected']): Promise<WriteResult> =>
      this.#runWrite({ ...job, source: { kind: 'volume', name, path, expected: expectation } })
    let result: WriteResult
    try {
      result = await write({ sizeBytes: expected.sizeBytes })
    } catch (error) {
      if (isTercetError(error, 'CRYPTO_NO_PASSPHRASE')) throw passphraseError(error)
      if (isTercetError(error, 'CRYPTO_WRONG_PASSPHRASE')) {
        // A damaged beginning looks the same; the hash, which is checked first, tells them apart.
        result = await write(expected).catch((cause) => {
          throw isTercetError(cause, 'CRYPTO_WRONG_PASSPHRASE') ? passphraseError(cause) : cause
        })
      } else if (isTercetError(error, 'VOLUME_SIZE_MISMATCH')) {
        // The volume is not what was stored, but each block is verified: what is sound in it is as good as ever.
        this.#reportVolume(source, error)
        result = await write({})
      } else throw error
    }
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
    for (const local of result.failedEntries) this.#drop(numbers[local] as number)
    for (const local of result.unfinished) this.#entries.unmark(numbers[local] as number, WHOLE)
    this.#hardLinks.push(...result.hardLinks)
    this.#metadata.keep(result)
    this.bytes += result.writtenBytes
    if (result.failedBlocks.length > 0) this.#loseBlocks(job, result, volume)
    const failed = new Set(result.failedBlocks)
    for (let block = 0; block < job.sizes.length; block++) {
      if (!failed.has(block)) await this.#arrived(job, block)
    }
    const { files, bytes } = this
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
      if (this.#entries.has(entry, WHOLE)) this.#finished(entry)
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

  #finished(entry: number): void {
    this.#entries.mark(entry, DONE)
    this.files += 1
  }

  #drop(entry: number): void {
    if (this.#entries.has(entry, DROPPED)) return
    this.#entries.mark(entry, DROPPED)
    this.failed += 1
    if (this.#entries.kinds.at(entry) === SYMLINK) this.failedLinks += 1
  }

  #loseBlocks(job: WriteJob, result: WriteResult, volume: PlannedVolume | undefined): void {
    const [reason] = result.failures
    if (volume !== undefined && reason !== undefined) this.#reportVolume(volume, reason)
    for (const block of result.failedBlocks) this.#lose(job, block, volume)
  }

  /** Nothing of the volume can be used. */
  #loseAll(source: PlannedVolume, share: SourceTargets, error: unknown): void {
    this.#reportVolume(source, error as { code: string; message: string })
    for (let block = 0; block < share.sizes.length; block++) this.#lose(share, block, source)
  }

  #lose(share: SourceTargets, block: number, volume: PlannedVolume | undefined): void {
    const width = share.hashes.length / share.sizes.length
    this.#lost.add(share.hashes.subarray(block * width, (block + 1) * width), volume)
    this.#state.targets.withdraw(share.hashes, block * width)
  }

  #reportVolume(volume: PlannedVolume, reason: { readonly code: string; readonly message: string }): void {
    if (!this.#lost.isFirstReport(volume.name)) return
    this.#options.issues.add({
      code: 'RESTORE_VOLUME_DAMAGED',
      severity: 'warning',
      message: `${volume.name} is missing or damaged (${reason.code}: ${reason.message}); other copies of its blocks are tried`,
      volume: volume.name
    })
  }

  #findOtherCopies(): void {
    const { listing, targets, sources } = this.#state
    assignVolumes(this.#options.context.catalog, listing, targets, sources, (volumeId, hashes, offset) =>
      this.#lost.wasTried(volumeId, hashes, offset, targets.hashBytes)
    )
  }

  /** Blocks that no source has: their files fail, unless it is only metadata that is lost. */
  async #giveUpLost(): Promise<void> {
    const { targets, listing } = this.#state
    const content = new Map<number, string | undefined>()
    const metadata = new Map<number, string | undefined>()
    const volumeOf = this.#lost.locate(this.#options.context.catalog, listing, targets)
    targets.unsupplied((entry, index, hash) => {
      const lost = index < METADATA ? content : metadata
      if (!lost.has(entry)) lost.set(entry, volumeOf(hash))
    })
    for (const [entry, volume] of content) this.#failFile(entry, volume)
    for (const [entry, volume] of metadata) if (!content.has(entry)) await this.#loseMetadata(entry, volume)
  }

  #failFile(entry: number, volume: string | undefined): void {
    if (this.#entries.has(entry, DROPPED)) return
    this.#drop(entry)
    this.#reportEntry(
      'RESTORE_FILE_LOST',
      entry,
      volume,
      'a block of its content is in no volume that can be read'
    )
  }

  /** Removes what was begun of files that failed. */
  async #discardDropped(): Promise<void> {
    for (let entry = 0; entry < this.#entries.count; entry++) {
      if (this.#entries.kinds.at(entry) !== FILE || !this.#entries.has(entry, DROPPED)) continue
      if (!this.#entries.has(entry, WHOLE)) await this.#finishing.add(entry)
    }
  }

  async #loseMetadata(entry: number, volume: string | undefined): Promise<void> {
    if (this.#entries.has(entry, DROPPED)) return
    const isLink = this.#entries.kinds.at(entry) === SYMLINK
    if (isLink) this.#drop(entry)
    const reason = isLink ? 'its target' : 'its metadata'
    this.#reportEntry('RESTORE_METADATA_LOST', entry, volume, `${reason} is in no volume that can be read`)
    if (this.#entries.kinds.at(entry) === FILE) await this.#finishing.add(entry)
  }

  #reportEntry(code: string, entry: number, volume: string | undefined, reason: string): void {
    const path = this.#entries.storedPath(entry)
    const where = volume === undefined ? '' : ` (${volume})`
    const message = `${path} cannot be restored completely: ${reason}${where}`
    this.#options.issues.add({
      code,
      severity: 'error',
      message,
      path,
      ...(volume === undefined ? {} : { volume })
    })
  }

  #removeTemporaryFiles(): void {
    for (let entry = 0; entry < this.#entries.count; entry++) {
      if (this.#entries.kinds.at(entry) !== FILE || this.#entries.has(entry, DONE | PRESENT | IN_PLACE))
        continue
      const path = this.#state.pathOf(entry)
      if (path === undefined) continue
      const temporary = temporaryPath(path, this.#target.token, entry)
      removeIfPossible(joinTarget(this.#target.root, temporary, currentPlatform()))
    }
  }
}

/** What cannot be removed, or never was there, must not hide why the restore ends. */
function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch (error) {
    if (typeof (error as NodeJS.ErrnoException).code !== 'string') throw error
  }
}
