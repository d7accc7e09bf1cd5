import {
  type CarriedRange,
  type Catalog,
  carriedTree,
  type FinishedVolume,
  folderPath,
  OpenUploads,
  planMerge,
  registerVolume,
  type VolumeStore,
  type WorkerPool
} from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { EventListener } from '../common/events.ts'
import type { IssueLog } from '../common/issue-log.ts'
import type { BackupJobs } from './backup-jobs.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { BigFileRun } from './big-file-run.ts'
import { HitLedger } from './hit-ledger.ts'
import { type LinkedContents, linkedContents } from './linked-contents.ts'
import { PackScheduler } from './pack-scheduler.ts'
import type { PackedBatch, StoredBlocks } from './packed-batch.ts'
import { RecordedPlaces } from './recorded-places.ts'
import type { BigFile, LinkBatch, ScanAnswer, ScanTotals } from './scan-answer.ts'
import { batchContentBytes, type ScanBatch } from './scan-batch.ts'
import type { SettledDestination } from './settle-destination.ts'
import type { VersionWriter } from './version-writer.ts'

/** Work for which a further thread is started: enough to fill a good part of a volume. */
const BYTES_PER_WORKER = 32 * 1024 * 1024
/** What an entry costs besides its content. */
const BYTES_PER_ENTRY = 16 * 1024
const TASKS_PER_WORKER = 2
/** Batches of further names that are held back: more of them would only fill memory, fewer would stop the work oftener. */
const LINK_BATCHES_HELD = 16

export interface StorePipelineOptions {
  readonly catalog: Catalog
  readonly store: VolumeStore
  readonly pool: WorkerPool<BackupJobs>
  /** Pack workers; 0: everything on the calling thread. */
  readonly workers: number
  readonly destination: SettledDestination
  readonly options: ResolvedBackupOptions
  readonly writer: VersionWriter
  readonly issues: IssueLog
  readonly emit: EventListener
  /** Fills the block index; called once, before the first block is looked up. */
  readonly loadIndex: () => void
  /** Bytes that may still be stored; Infinity: no limit. */
  readonly quotaBytes: number
  /** Called as the walk goes on, with a folder: all that the version has in the folders before it is recorded. */
  readonly onRecorded: (beforeFolder: string) => void
  /** Aborts all work. */
  readonly signal: AbortSignal
}

/** From the walk to acknowledged volumes: takes the scanner's answers, spreads the work and records what comes back. */
export class StorePipeline {
  readonly #o: StorePipelineOptions
  readonly #scheduler: PackScheduler
  readonly #hits: HitLedger
  readonly #uploads = new OpenUploads()
  readonly #places: RecordedPlaces
  #firstPackWorker: number
  #indexLoaded = false
  #bigFiles = 0
  #links: LinkBatch[] = []
  #storedBytes = 0
  #quotaReached = false
  #unreached: readonly CarriedRange[] = []
  totals: ScanTotals = { entries: 0, files: 0, bytes: 0, unchangedEntries: 0 }

  constructor(options: StorePipelineOptions) {
    this.#o = options
    this.#firstPackWorker = options.workers > 0 ? 1 : 0
    this.#places = new RecordedPlaces(options.onRecorded)
    this.#scheduler = new PackScheduler({
      workers: options.workers,
      depth: TASKS_PER_WORKER,
      bytesPerWorker: BYTES_PER_WORKER,
      run: (task, worker) =>
        options.pool.run(task.job as keyof BackupJobs, task.payload as never, {
          signal: options.signal,
          worker: worker + this.#firstPackWorker
        })
    })
    this.#hits = new HitLedger(
      (ordinals, hashes, sizes) => options.catalog.blocks.confirm(ordinals, hashes, sizes),
      hashSizeBytes(options.destination.blockHash)
    )
  }

  get storedBytes(): number {
    return this.#storedBytes
  }

  /** Some volume was not sent, because it would have exceeded the quota. */
  get quotaReached(): boolean {
    return this.#quotaReached
  }

  /** What the version before has and a walk that was stopped has not come to. */
  get unreached(): readonly CarriedRange[] {
    return this.#unreached
  }

  /** Walks the sources and stores what is new; false: it was stopped before the end of the walk. */
  async scan(): Promise<boolean> {
    const { options, pool, signal } = this.#o
    const ask = (): Promise<ScanAnswer | undefined> => {
      const answer = pool.run('backup-scan-next', undefined as never, { worker: 0, signal })
      // Awaited one round later, or never after a failure elsewhere.
      answer.catch(() => {})
      return answer as Promise<ScanAnswer | undefined>
    }
    for (let next = ask(), first = true; ; first = false) {
      const answer = await next
      if (answer === undefined) return true
      if (first && answer.last) this.#firstPackWorker = 0
      if (options.stop?.aborted || this.#quotaReached) {
        if (!options.dryRun)
          this.#unreached = await pool.run('backup-scan-unreached', undefined as never, { worker: 0, signal })
        return false
      }
      if (!answer.last) next = ask()
      await options.controller.passed(signal)
      await this.#take(answer)
      if (answer.last) return true
    }
  }

  /**
   * Waits for all work and stores the volumes that are partly filled. Afterwards every block of the version is
   * acknowledged. `onRecorded` is called when all entries are in the catalog and these volumes are being finished.
   */
  async finish(onRecorded: () => unknown = () => {}): Promise<void> {
    await this.#submitLinks()
    await this.#scheduler.drain()
    const flushed = this.#flush()
    onRecorded()
    await flushed
    await this.#uploads.settle(0)
  }

  /** Stores entries again whose blocks turned out not to be known. */
  async storeAgain(batches: Iterable<ScanBatch>): Promise<void> {
    for (const batch of batches) await this.#submitBatch(batch, { force: true })
    await this.finish()
  }

  /** How many blocks were taken for known and are not. To be called after {@link StorePipeline.finish}. */
  falseHits(): number {
    return this.#hits.finish()
  }

  async #take(answer: ScanAnswer): Promise<void> {
    const { catalog, writer, issues, emit, options } = this.#o
    this.totals = answer.totals
    for (const { carryOver: _carryOver, silent, ...issue } of answer.issues)
      if (silent !== true) issues.add(issue)
    // Whether the path was a file or a folder is not known, and only what is in the catalog is marked.
    const stale = answer.issues.flatMap(({ carryOver, path }) =>
      carryOver === 'entry' ? [path, folderPath(path)] : []
    )
    const trees = answer.issues.flatMap(({ carryOver, path }) =>
      carryOver === 'none' ? [] : [carriedTree(path)]
    )
    const vanished = answer.vanished === '' ? [] : answer.vanished.split('\0')
    if (options.dryRun) writer.preview([answer.batch, answer.links?.batch], answer.bigFiles, vanished)
    else if (vanished.length + trees.length > 0)
      catalog.transaction(() => {
        writer.carryOver(stale, trees)
        writer.vanish(vanished)
      })
    const { unchangedEntries: _unchanged, ...totals } = answer.totals
    emit({ type: answer.last ? 'scan-end' : 'scan-progress', ...totals })
    if (options.dryRun) return
    // Links are held back, and nothing behind them counts as recorded before the end.
    const parts = [answer.batch, answer.links].filter((batch) => batch !== undefined).length
    const recorded = this.#places.expect(answer.place, parts + answer.bigFiles.length)
    if (answer.batch !== undefined) await this.#submitBatch(answer.batch, { recorded })
    for (const file of answer.bigFiles) await this.#submitBigFile(file, recorded)
    if (answer.links !== undefined && this.#links.push(answer.links) >= LINK_BATCHES_HELD)
      await this.#submitLinks()
  }

  /** Further names of files, when all that was handed out is recorded: first names are among it. */
  async #submitLinks(): Promise<void> {
    if (this.#links.length === 0) return
    await this.#scheduler.drain()
    const held = this.#links
    this.#links = []
    for (const links of held)
      await this.#submitBatch(links.batch, { linked: linkedContents(this.#o.catalog, links) })
  }

  async #submitBatch(batch: ScanBatch, { force = false, linked, recorded }: BatchOptions): Promise<void> {
    this.#loadIndex()
    await this.#uploads.settle(2 * this.#o.options.uploadConcurrency)
    const contentBytes = linked === undefined ? batchContentBytes(batch) : 0
    const costBytes = contentBytes + batch.count * BYTES_PER_ENTRY
    await this.#scheduler.submit<PackedBatch>(
      { job: 'backup-pack', payload: { batch, force, linked }, costBytes },
      (packed) => this.#record(batch, packed, { force, recorded })
    )
  }

  async #submitBigFile(file: BigFile, recorded: () => void): Promise<void> {
    this.#loadIndex()
    const { workers, destination } = this.#o
    const key = this.#bigFiles++
    const run = new BigFileRun(file, key, key % workers, {
      scheduler: this.#scheduler,
      blockSizeBytes: destination.blocksize,
      blockHashBytes: hashSizeBytes(destination.blockHash),
      beforeSegment: () => this.#uploads.settle(2 * this.#o.options.uploadConcurrency),
      onStored: (stored) => this.#storeVolumes(stored),
      onPacked: (batch, packed) => this.#record(batch, packed, { recorded }),
      onTorn: (batch) => this.#submitBatch(batch, { recorded })
    })
    await run.submit()
  }

  /** One transaction an answer: its entries together with the volumes that were finished meanwhile. */
  #record(batch: ScanBatch, packed: PackedBatch, { force, recorded }: BatchOptions): void {
    const { writer, issues, emit } = this.#o
    this.#storeVolumes(packed.stored, () => {
      if (force) writer.store(batch, packed)
      else writer.record(batch, packed)
    })
    recorded?.()
    const names = packed.issues.length > 0 ? batch.names.split('\0') : []
    const folders = packed.issues.length > 0 ? batch.folders.split('\0') : []
    for (const { entry, code, message } of packed.issues)
      issues.add({
        code,
        message,
        severity: 'warning',
        path: folders[batch.folderOf[entry]!]! + names[entry]!
      })
    emit({
      type: 'batch-end',
      processedFiles: writer.counts.readFiles,
      processedBytes: writer.counts.readBytes,
      storedBytes: this.#storedBytes
    })
  }

  /** Commits what is known of the volumes before anything of them is sent. */
  #storeVolumes({ hits, volumes }: StoredBlocks, alongside: () => void = () => {}): void {
    const { catalog, store } = this.#o
    const fitting = volumes.filter((volume) => this.#fits(volume))
    const registered = catalog.transaction(() => {
      alongside()
      return fitting.map((volume) => registerVolume(catalog, volume))
    })
    this.#hits.add(hits)
    for (const volume of registered) this.#uploads.add(store.upload(volume, { signal: this.#o.signal }))
  }

  /** A volume beyond the quota is not sent: the run ends, and what counts on the volume is left out of the version. */
  #fits({ dblock, dindex }: FinishedVolume): boolean {
    const sizeBytes = dblock.sizeBytes + (dindex?.sizeBytes ?? 0)
    if (this.#storedBytes + sizeBytes > this.#o.quotaBytes) this.#quotaReached = true
    else this.#storedBytes += sizeBytes
    return !this.#quotaReached
  }

  async #flush(): Promise<void> {
    const { pool, signal, destination } = this.#o
    if (!this.#indexLoaded) return
    const flushed = await pool.runOnStarted('backup-flush', undefined as never, { signal })
    const leftovers = flushed.filter((volume): volume is FinishedVolume => volume !== undefined)
    for (const group of planMerge(leftovers, destination.volumeSizeBytes)) {
      const volume =
        group.length === 1
          ? group[0]!
          : await pool.run('backup-merge', group as never, { signal, worker: this.#firstPackWorker })
      this.#storeVolumes({ hits: NO_HITS, volumes: [volume as FinishedVolume] })
    }
  }

  #loadIndex(): void {
    if (this.#indexLoaded) return
    this.#indexLoaded = true
    this.#o.loadIndex()
  }
}

interface BatchOptions {
  /** Store what is in it again, whatever the index says. */
  readonly force?: boolean
  readonly linked?: LinkedContents
  /** Called when it is in the catalog. */
  readonly recorded?: (() => void) | undefined
}

const NO_HITS = { ordinals: new Uint32Array(0), hashes: new Uint8Array(0), sizes: new Uint32Array(0) }
