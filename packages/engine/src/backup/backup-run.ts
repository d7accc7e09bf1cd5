import {
  createSpool,
  createWorkerPool,
  freeVersionTime,
  type Spool,
  VolumeStore,
  type WorkerPool
} from '@tercet/core'
import { type Clock, systemClock } from '@tercet/interface'
import type { CompressionSetting, ControlFile } from '@tercet/volume-format'
import { setContentKnown } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type EventListener, eventSink, type Phase } from '../common/events.ts'
import { isoTime } from '../common/iso-time.ts'
import { IssueLog } from '../common/issue-log.ts'
import { presentEncryption } from '../common/present-encryption.ts'
import { writeStoredCompression } from '../common/stored-compression.ts'
import { writeStoredSettings } from '../common/stored-settings.ts'
import { writeStoredVolumeSize } from '../common/stored-volume-size.ts'
import { noteCoverage } from '../common/version-coverage.ts'
import { canEncrypt, deriveVolumeKeys, type VolumeKeys } from '../common/volume-keys.ts'
import { type BackupJobs, createBackupJobs } from './backup-jobs.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'
import { createBackupPool, FIRST_PACK_WORKER } from './backup-pool.ts'
import type { BackupResult } from './backup-result.ts'
import { compressionOf, mustReadAll, readControlFiles, rememberMetadata } from './backup-setup.ts'
import { checkDestination, wasInterrupted } from './check-destination.ts'
import { chooseScope, coverageOf } from './choose-scope.ts'
import { completeIndexes } from './complete-indexes.ts'
import { ListDraft } from './list-draft.ts'
import { assertPassphraseOpens } from './open-keys.ts'
import { type PublishOptions, publishVersion } from './publish-version.ts'
import { dropUnstoredEntries, type Recovery, recoverInterrupted } from './recover-interrupted.ts'
import { rereadLostEntries } from './reread-lost-entries.ts'
import { RunBlockIndex } from './run-block-index.ts'
import { RunIssues } from './run-issues.ts'
import { type SettledDestination, settleDestination } from './settle-destination.ts'
import { storeFalseHits } from './store-false-hits.ts'
import { StorePipeline } from './store-pipeline.ts'
import { sumUp } from './sum-up.ts'
import { chooseVersionTime } from './version-time.ts'
import { isEmptyBeginning, makesWhole } from './version-worth.ts'
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
  readonly #told: RunIssues
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
    const { catalog } = context
    this.#context = context
    this.#options = options
    this.#clock = context.clock ?? systemClock
    this.#startedAtMs = this.#clock.now()
    this.#emit = eventSink(options.onEvent)
    this.#issues = new IssueLog(options, (issue) => this.#emit({ type: 'issue', issue }))
    this.#told = new RunIssues(this.#issues)
    this.#signal =
      options.signal === undefined
        ? this.#abort.signal
        : AbortSignal.any([options.signal, this.#abort.signal])
    assertCatalogComplete(catalog.settings.get('recreate-state'))
    this.#destination = settleDestination(catalog, options, canEncrypt(context))
    this.#compression = compressionOf(catalog, options)
    this.#controlFiles = readControlFiles(options.controlFiles)
    this.#keys = deriveVolumeKeys(context, presentEncryption(catalog))
    this.#spool = createSpool({ folder: context.spoolFolder, clock: () => this.#clock.now() })
    this.#store = new VolumeStore({
      backend: context.backend,
      catalog,
      spool: this.#spool,
      prefix: this.#destination.prefix,
      settings: this.#destination,
      compression: this.#compression,
      ...this.#keys,
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
    const damage = rereadLostEntries(catalog, this.#destination, { dryRun })
    if (damage !== undefined) this.#told.damaged(damage)
    const newest = catalog.filesets.versions()[0]
    const mustReread = damage !== undefined || mustReadAll(catalog, this.#options)
    const scope = await chooseScope(this.#options, { newest, mustReread }, this.#signal)
    const blocks = new RunBlockIndex(catalog, this.#internals.fingerprintBits)
    const pool = createBackupPool(this.#context, {
      options: this.#options,
      destination: this.#destination,
      compression: this.#compression,
      key: this.#keys?.key,
      spoolFolder: this.#spool.folder,
      newest,
      scope,
      index: blocks.index.share()
    })
    this.#pools.push(pool.workers, pool.lists)
    const writer = new VersionWriter(catalog, () => this.#chooseTime())
    if (scope.kind === 'listed' && !dryRun) catalog.transaction(() => writer.vanish(scope.deleted))
    const publishOptions = this.#publishOptions(pool.lists)
    // Of a first backup the threads that pack have enough to do.
    const follower = newest !== undefined && pool.packWorkers > 0 ? FIRST_PACK_WORKER : undefined
    const draft = new ListDraft(writer, publishOptions, follower)
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
      loadIndex: () => blocks.load(),
      quotaBytes: (this.#options.quotaBytes ?? Number.POSITIVE_INFINITY) - usedBytes,
      onRecorded: (folder) => draft.advance(folder),
      signal: this.#signal
    })
    const isComplete = await this.#phase('store', async () => {
      const walked = await pipeline.scan()
      await pipeline.finish(() => walked && !dryRun && draft.complete())
      return walked && !pipeline.quotaReached
    })
    let published: number | undefined
    if (!dryRun) {
      await storeFalseHits(catalog, pipeline, writer, this.#destination)
      if (pipeline.quotaReached) this.#leaveOutUnstored(writer)
      const mustPublish = this.#options.uploadUnchanged || makesWhole(newest, writer, scope.kind === 'listed')
      const isWorthIt = isComplete || !isEmptyBeginning(catalog, writer.seq)
      if ((writer.hasChanges && isWorthIt) || (mustPublish && isComplete)) {
        published = writer.begin()
        catalog.transaction(() => writer.carryOver([], pipeline.unreached))
        await this.#phase('write-list', async () =>
          publishVersion(published!, isComplete, publishOptions, await draft.take(isComplete))
        )
        writeStoredCompression(catalog, this.#compression)
      } else if (writer.seq !== undefined) catalog.filesets.remove(writer.seq)
      rememberMetadata(catalog, this.#options)
      const coverage = coverageOf(scope, this.#options.changes)
      noteCoverage(catalog, { coverage, published, isComplete, startedAtMs: this.#startedAtMs })
      const wroteNothing = published === undefined && pipeline.storedBytes === 0 && recovery.kind === 'none'
      if (!wroteNothing) await this.#phase('verify-listing', () => this.#verifyAfterwards())
    }
    // Whoever names changes once is going to do so again.
    if (isComplete && scope.kind === 'changed' && !dryRun) blocks.keep()
    if (isComplete && scope.kind === 'all') this.#told.noFiles(pipeline.totals)
    return sumUp({
      catalog,
      issues: this.#issues,
      pipeline,
      writer,
      recovery,
      scope: scope.kind,
      published,
      wasStopped: !isComplete && this.#options.stop?.aborted === true,
      isNewDestination: this.#destination.isNew,
      isDryRun: dryRun,
      startedAt: this.#startedAtMs,
      endedAt: this.#clock.now()
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('The backup has ended'))
    for (const pool of this.#pools) await pool[Symbol.asyncDispose]()
    this.#spool[Symbol.dispose]()
  }

  /** Resolves with the bytes that the destination holds. */
  async #checkDestination(): Promise<number> {
    const { catalog } = this.#context
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
      await assertPassphraseOpens(this.#context, this.#keys.keyring, { signal: this.#signal })
    if (dryRun) return usedBytes
    if (this.#options.volumeSizeBytes !== undefined)
      writeStoredVolumeSize(catalog, this.#options.volumeSizeBytes)
    if (!this.#destination.isNew) return usedBytes
    catalog.transaction(() => {
      writeStoredSettings(catalog, this.#destination)
      setContentKnown(catalog, true)
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
    if (recovery.kind === 'published') this.#told.recovered()
    if (this.#options.indexPolicy !== 'none')
      await completeIndexes(catalog, this.#store, this.#spool, {
        ...publish,
        withLists: this.#options.indexPolicy === 'full'
      })
    return recovery
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

  #chooseTime(): number {
    const { catalog } = this.#context
    const newest = Math.max(...catalog.filesets.all().map(({ time }) => time))
    const recipe = { prefix: this.#destination.prefix, key: this.#keys?.key }
    const { time, clockIsBehind } = chooseVersionTime(
      Math.floor(this.#startedAtMs / 1000),
      Number.isFinite(newest) ? newest : undefined,
      (taken) => freeVersionTime(catalog, recipe, taken) !== taken
    )
    if (clockIsBehind) this.#told.clockBehind(isoTime(newest), isoTime(time))
    return time
  }

  /** A version that the quota cut short holds only what is stored. */
  #leaveOutUnstored(writer: VersionWriter): void {
    const dropped =
      writer.seq === undefined ? 0 : dropUnstoredEntries(this.#context.catalog, writer.seq, this.#destination)
    this.#told.quotaExceeded(this.#options.quotaBytes, dropped)
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
}

function assertCatalogComplete(state: unknown): void {
  if (state === undefined) return
  throw new EngineError(
    'BACKUP_CATALOG_UNFINISHED',
    'The catalog was not read from the destination to its end; finish the repair before the next backup'
  )
}
