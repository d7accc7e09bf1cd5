import {
  createSpool,
  createWorkerPool,
  type Fileset,
  freeVersionTime,
  type Spool,
  VolumeStore,
  type WorkerPool
} from '@tercet/core'
import { type Clock, systemClock } from '@tercet/interface'
import type { CompressionSetting, ControlFile } from '@tercet/volume-format'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type EventListener, eventSink, type Phase } from '../common/events.ts'
import { IssueLog } from '../common/issue-log.ts'
import { namesOf } from '../common/names-of.ts'
import { writeStoredCompression } from '../common/stored-compression.ts'
import { readStoredSettings, writeStoredSettings } from '../common/stored-settings.ts'
import { type BackupJobs, createBackupJobs } from './backup-jobs.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { createBackupPool } from './backup-pool.ts'
import type { BackupResult } from './backup-result.ts'
import { compressionOf, readControlFiles, rememberMetadata } from './backup-setup.ts'
import { checkDestination, wasInterrupted } from './check-destination.ts'
import { completeIndexes } from './complete-indexes.ts'
import { assertPassphraseOpens, deriveVolumeKeys, type VolumeKeys } from './open-keys.ts'
import { type PublishOptions, publishVersion } from './publish-version.ts'
import { dropUnstoredEntries, type Recovery, recoverInterrupted } from './recover-interrupted.ts'
import { rereadLostEntries } from './reread-lost-entries.ts'
import { resolvePathList } from './resolve-listed.ts'
import type { ScanTotals } from './scanner.ts'
import { type SettledDestination, settleDestination } from './settle-destination.ts'
import { storeFalseHits } from './store-false-hits.ts'
import { StorePipeline } from './store-pipeline.ts'
import { chooseVersionTime } from './version-time.ts'
import { isEmptyBeginning } from './version-worth.ts'
import { VersionWriter } from './version-writer.ts'

/** What tests of rare events change. */
export interface BackupInternals {
  /** Bits of a hash that the block index tells apart; few of them make it take one block for another. */
  readonly fingerprintBits?: number | undefined
}

/** One backup, from the look at the destination to the look at it afterwards. */
export class BackupRun implements AsyncDisposable {
  readonly #context: EngineContext
  readonly #options: ResolvedBackupOptions
  readonly #internals: BackupInternals
  readonly #clock: Clock
  readonly #emit: EventListener
  readonly #issues: IssueLog
  readonly #destination: SettledDestination
  readonly #keys: VolumeKeys | undefined
  readonly #compression: CompressionSetting
  readonly #controlFiles: readonly ControlFile[]
  readonly #spool: Spool
  readonly #store: VolumeStore
  readonly #abort = new AbortController()
  readonly #signal: AbortSignal
  readonly #pools: WorkerPool<BackupJobs>[] = []
  readonly #startedAtMs: number

  constructor(context: EngineContext, options: ResolvedBackupOptions, internals: BackupInternals) {
    this.#internals = internals
    const { catalog, passphrase } = context
    this.#context = context
    this.#options = options
    this.#clock = context.clock ?? systemClock
    this.#startedAtMs = this.#clock.now()
    this.#emit = eventSink(options.onEvent)
    this.#issues = new IssueLog(options, (issue) => this.#emit({ type: 'issue', issue }))
    this.#signal =
      options.signal === undefined
        ? this.#abort.signal
        : AbortSignal.any([options.signal, this.#abort.signal])
    assertCatalogComplete(catalog.settings.get('recreate-state'))
    this.#destination = settleDestination(readStoredSettings(catalog), options, passphrase !== undefined)
    this.#compression = compressionOf(catalog, options)
    this.#controlFiles = readControlFiles(options.controlFiles)
    this.#keys = passphrase === undefined ? undefined : deriveVolumeKeys(passphrase)
    this.#spool = createSpool({ folder: context.spoolFolder, clock: () => this.#clock.now() })
    this.#store = new VolumeStore({
      backend: context.backend,
      catalog,
      spool: this.#spool,
      prefix: this.#destination.prefix,
      settings: this.#destination,
      key: this.#keys?.key,
      keyring: this.#keys?.keyring,
      uploads: options.uploadConcurrency,
      retries: options.retries,
      retryDelayMs: options.retryDelayMs,
      onVolumeStored: options.onVolumeStored,
      onEvent: this.#emit,
      clock: this.#clock
    })
  }

  async execute(): Promise<BackupResult> {
    const { catalog } = this.#context
    const { dryRun } = this.#options
    const usedBytes = await this.#phase('check-destination', () => this.#checkDestination())
    const recovery: Recovery = dryRun ? { kind: 'none' } : await this.#phase('recover', () => this.#recover())
    this.#rereadLost()
    const newest = catalog.filesets.versions()[0]
    const listed = await this.#listedPaths()
    const pool = createBackupPool(this.#context, {
      options: this.#options,
      destination: this.#destination,
      compression: this.#compression,
      key: this.#keys?.key,
      spoolFolder: this.#spool.folder,
      newestSeq: newest?.seq,
      listed: listed?.changed,
      fingerprintBits: this.#internals.fingerprintBits
    })
    this.#pools.push(pool.workers)
    const writer = new VersionWriter(catalog, () => this.#chooseTime())
    if (listed?.deleted !== undefined && !dryRun) catalog.transaction(() => writer.vanish(listed.deleted))
    const pipeline = new StorePipeline({
      catalog,
      store: this.#store,
      pool: pool.workers,
      workers: pool.packWorkers,
      destination: this.#destination,
      options: this.#options,
      writer,
      issues: this.#issues,
      emit: this.#emit,
      loadIndex: () => pool.index.load(catalog.blocks.sound(), catalog.blocks.nextOrdinal()),
      quotaBytes: (this.#options.quotaBytes ?? Number.POSITIVE_INFINITY) - usedBytes,
      signal: this.#signal
    })
    const isComplete = await this.#phase('store', async () => {
      const walked = await pipeline.scan()
      await pipeline.finish()
      return walked && !pipeline.quotaReached
    })
    let published: number | undefined
    if (!dryRun) {
      await storeFalseHits(catalog, pipeline, writer, this.#destination)
      if (pipeline.quotaReached) this.#leaveOutUnstored(writer)
      const mustPublish =
        this.#options.uploadUnchanged || this.#makesWhole(newest, writer, listed !== undefined)
      const isWorthIt = isComplete || !isEmptyBeginning(catalog, writer.seq)
      if ((writer.hasChanges && isWorthIt) || (mustPublish && isComplete)) {
        published = writer.begin()
        catalog.transaction(() => writer.carryOver([], pipeline.unreached))
        const options = this.#publishOptions(pool.workers)
        await this.#phase('write-list', () => publishVersion(published!, isComplete, options))
        writeStoredCompression(catalog, this.#compression)
      } else if (writer.seq !== undefined) catalog.filesets.remove(writer.seq)
      rememberMetadata(catalog, this.#options)
      const wroteNothing = published === undefined && pipeline.storedBytes === 0 && recovery.kind === 'none'
      if (!wroteNothing) await this.#phase('verify-listing', () => this.#verifyAfterwards())
    }
    if (isComplete && listed === undefined) this.#warnOfNoFiles(pipeline.totals)
    return this.#result(pipeline, writer, recovery, published, isComplete)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('The backup has ended'))
    for (const pool of this.#pools) await pool[Symbol.asyncDispose]()
    this.#spool[Symbol.dispose]()
  }

  /** Resolves with the bytes that the destination holds. */
  async #checkDestination(): Promise<number> {
    const { backend, catalog } = this.#context
    const { dryRun, verifyListing } = this.#options
    const mustList = this.#destination.isNew || verifyListing || wasInterrupted(catalog)
    let usedBytes = 0
    if (mustList) {
      const options = { dryRun, strict: verifyListing, signal: this.#signal }
      const report = await checkDestination(this.#context, this.#store, options)
      usedBytes = report?.plan.bytes ?? 0
    } else
      for (const { size } of catalog.volumes.all({ states: ['uploaded', 'verified'] })) usedBytes += size ?? 0
    if (this.#keys !== undefined)
      await assertPassphraseOpens(backend, catalog, this.#keys.keyring, { signal: this.#signal })
    if (dryRun || !this.#destination.isNew) return usedBytes
    catalog.transaction(() => {
      writeStoredSettings(catalog, this.#destination)
      writeStoredCompression(catalog, this.#compression)
    })
    return usedBytes
  }

  async #recover(): Promise<Recovery> {
    const { catalog } = this.#context
    const pool = createWorkerPool<BackupJobs>({ workers: 0, inline: createBackupJobs })
    this.#pools.push(pool)
    const publish = this.#publishOptions(pool)
    const recovery = await recoverInterrupted(publish)
    if (recovery.kind === 'published')
      this.#issues.add({
        code: 'BACKUP_RECOVERED',
        severity: 'warning',
        message: 'The run before was interrupted; what it had stored became a partial version'
      })
    if (this.#options.indexPolicy !== 'none')
      await completeIndexes(catalog, this.#store, this.#spool, {
        ...publish,
        withLists: this.#options.indexPolicy === 'full'
      })
    return recovery
  }

  #rereadLost(): void {
    const { dryRun } = this.#options
    const damage = rereadLostEntries(this.#context.catalog, this.#destination, { dryRun })
    if (damage === undefined || damage.entries === 0) return
    this.#issues.add({
      code: 'BACKUP_VOLUMES_DAMAGED',
      severity: 'warning',
      message: `${damage.volumes.length} volumes are damaged or missing (${namesOf(damage.volumes.map(({ name }) => name))}), and ${damage.entries} entries need them: these are read again, so that the new version is whole. Older versions stay as they are`
    })
  }

  /** A version that is not complete is followed by one that is, even where nothing has changed. */
  #makesWhole(newest: Fileset | undefined, writer: VersionWriter, listedOnly: boolean): boolean {
    if (newest === undefined) return false
    return !newest.isFull || (newest.carried > 0 && !writer.hasCarriedOver && !listedOnly)
  }

  #publishOptions(pool: WorkerPool<BackupJobs>): PublishOptions {
    return {
      catalog: this.#context.catalog,
      store: this.#store,
      spool: this.#spool,
      pool,
      settings: this.#destination,
      compression: this.#compression,
      key: this.#keys?.key,
      controlFiles: this.#controlFiles,
      clock: this.#clock,
      signal: this.#signal
    }
  }

  async #listedPaths(): Promise<{ changed: string[]; deleted: string[] } | undefined> {
    const changed = await resolvePathList(this.#options.changedFiles, this.#signal)
    if (changed === undefined) return undefined
    return { changed, deleted: (await resolvePathList(this.#options.deletedFiles, this.#signal)) ?? [] }
  }

  #chooseTime(): number {
    const { catalog } = this.#context
    const newest = Math.max(...catalog.filesets.all().map(({ time }) => time))
    const recipe = { prefix: this.#destination.prefix, key: this.#keys?.key }
    const { time, clockIsBehind } = chooseVersionTime(
      Math.floor(this.#startedAtMs / 1000),
      Number.isFinite(newest) ? newest : undefined,
      (taken) => freeVersionTime(catalog, recipe, taken) !== taken
    )
    if (clockIsBehind)
      this.#issues.add({
        code: 'BACKUP_CLOCK_BEHIND',
        severity: 'warning',
        message: `The clock of this machine is behind the newest version (${isoTime(newest)}); the new version is labelled ${isoTime(time)} and is the newest all the same`
      })
    return time
  }

  /** A version that the quota cut short holds only what is stored. */
  #leaveOutUnstored(writer: VersionWriter): void {
    const dropped =
      writer.seq === undefined ? 0 : dropUnstoredEntries(this.#context.catalog, writer.seq, this.#destination)
    this.#issues.add({
      code: 'BACKUP_QUOTA_EXCEEDED',
      severity: 'error',
      message: `The next volume would have exceeded the quota of ${this.#options.quotaBytes} bytes; ${dropped} entries are not stored`
    })
  }

  #warnOfNoFiles({ files, entries }: ScanTotals): void {
    if (files > 0 || entries === 0) return
    this.#issues.add({
      code: 'BACKUP_NO_FILES',
      severity: 'warning',
      message: 'There is no file among what was backed up, only folders or links; check sources and filters'
    })
  }

  async #verifyAfterwards(): Promise<void> {
    await this.#store.deleteAbandoned({ signal: this.#signal })
    if (!this.#options.verifyListing) return
    const { defects } = await this.#store.verifyListing({ mode: 'strict', signal: this.#signal })
    for (const { code, volume, message } of defects)
      this.#issues.add({ code, volume, message, severity: 'error' })
  }

  async #phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.#emit({ type: 'phase-start', phase })
    const result = await work()
    this.#emit({ type: 'phase-end', phase })
    return result
  }

  #result(
    pipeline: StorePipeline,
    writer: VersionWriter,
    recovery: Recovery,
    published: number | undefined,
    isComplete: boolean
  ): BackupResult {
    const { totals, storedBytes } = pipeline
    const version = published === undefined ? undefined : this.#context.catalog.filesets.bySeq(published)
    const wasStopped = !isComplete && this.#options.stop?.aborted === true
    return {
      ...writer.counts,
      outcome: wasStopped && this.#issues.outcome !== 'error' ? 'stopped' : this.#issues.outcome,
      issues: this.#issues.kept,
      issueCount: this.#issues.errors + this.#issues.warnings,
      version: version && {
        time: isoTime(version.time),
        isPartial: !version.isFull,
        carriedOver: version.carried
      },
      hasChanges: writer.hasChanges,
      isNewDestination: this.#destination.isNew,
      isDryRun: this.#options.dryRun,
      recovery: recovery.kind,
      examinedEntries: totals.entries,
      examinedFiles: totals.files,
      examinedBytes: totals.bytes,
      storedBytes,
      startedAt: new Date(this.#startedAtMs).toISOString(),
      endedAt: new Date(this.#clock.now()).toISOString()
    }
  }
}

function assertCatalogComplete(state: unknown): void {
  if (state === undefined) return
  throw new EngineError(
    'BACKUP_CATALOG_UNFINISHED',
    'The catalog was not read from the destination to its end; finish the repair before the next backup'
  )
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '')
}
