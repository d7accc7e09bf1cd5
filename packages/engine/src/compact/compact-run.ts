import {
  type CatalogVolume,
  exportVolumeKey,
  type FinishedVolume,
  planMerge,
  registerVolume,
  takesFilesOver,
  type WorkerPool
} from '@tercet/core'
import { isTercetError, systemClock } from '@tercet/interface'
import { type CompressionSetting, DEFAULT_COMPRESSION } from '@tercet/volume-format'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type FetchOutcome, forEachFetched } from '../common/fetch-ahead.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import { readStoredCompression } from '../common/stored-compression.ts'
import { VolumeFetcher } from '../common/volume-fetcher.ts'
import { createEnginePool } from '../engine-pool.ts'
import { type CompactJobs, type CompactWorkerInit, compactJobs } from './compact-jobs.ts'
import { CompactLane } from './compact-lane.ts'
import type { CompactOptions } from './compact-options.ts'
import type { CompactPlan } from './compact-plan.ts'
import { CompactSources } from './compact-sources.ts'
import { CompactTotals } from './compact-totals.ts'
import { doomVolumes } from './doom-volumes.ts'
import { FreeLanes } from './free-lanes.ts'
import { findLiveBlocks, type LiveBlocks } from './live-blocks.ts'
import { volumeUses } from './volume-uses.ts'

/** The steps of a compaction, in the order in which they are safe. */
export class CompactRun {
  readonly totals = new CompactTotals()
  readonly #context: EngineContext
  readonly #options: CompactOptions
  readonly #plan: CompactPlan
  readonly #frame: RunFrame

  constructor(context: EngineContext, plan: CompactPlan, options: CompactOptions) {
    this.#context = context
    this.#options = options
    this.#plan = plan
    this.#frame = new RunFrame(context, options)
  }

  get issues() {
    return this.#frame.issues
  }

  async execute(verifyListing: boolean): Promise<void> {
    const { catalog } = this.#context
    const { signal } = this.#options
    using maintenance = openMaintenance(this.#context, { onEvent: this.#frame.emit })
    const { settings } = maintenance
    const keys = requireKeys(maintenance)
    if (keys !== undefined) await assertPassphraseOpens(this.#context, keys.keyring, { signal })
    if (verifyListing) await this.#frame.phase('check-destination', () => this.#checkDestination(maintenance))
    const live = findLiveBlocks(catalog, settings)
    const { unused, sources } = this.#currentVolumes(live)
    await this.#frame.phase('compact', async () => {
      await this.#release(maintenance, unused)
      if (sources.length > 0) await this.#rewrite(maintenance, sources, live)
    })
  }

  /** Also ends what an earlier run has begun. */
  async #checkDestination(maintenance: Maintenance): Promise<void> {
    await this.#frame.look(maintenance)
    await this.#frame.completeIndexes(maintenance)
  }

  /**
   * The volumes of the plan as they are now. Where an earlier run was interrupted, some of those that were to be made
   * anew may not be needed any more.
   *
   * @throws EngineError `COMPACT_PLAN_OUTDATED` when one of them is needed after all, or not there any more
   */
  #currentVolumes(live: LiveBlocks) {
    const { catalog } = this.#context
    const uses = new Map(volumeUses(catalog, live).map((use) => [use.name, use]))
    const unused: CatalogVolume[] = []
    const sources: CatalogVolume[] = []
    for (const { name, reason } of [...this.#plan.volumesToDelete, ...this.#plan.volumesToRewrite]) {
      const use = uses.get(name)
      const volume = use === undefined || use.held ? undefined : catalog.volumes.byName(name)
      const isUnused = use !== undefined && use.wastedBytes >= use.dataBytes
      if (volume === undefined || (reason === 'unused' && !isUnused)) throw outdated(name)
      if (isUnused) unused.push(volume)
      else sources.push(volume)
    }
    return { unused, sources }
  }

  async #rewrite(
    maintenance: Maintenance,
    sources: readonly CatalogVolume[],
    live: LiveBlocks
  ): Promise<void> {
    const { catalog } = this.#context
    const { signal } = this.#options
    await using pool = this.#createPool(maintenance)
    using fetcher = new VolumeFetcher(this.#context.backend, this.#context.spoolFolder)
    const rest = new CompactSources(catalog, maintenance.settings, live)
    const work = {
      store: (volumes: readonly FinishedVolume[]) => this.#store(maintenance, volumes),
      release: (volumes: readonly CatalogVolume[]) => this.#release(maintenance, volumes)
    }
    // New volumes that are hardly filled are of no use to anybody.
    const { bytesToStore, rules } = this.#plan
    const useful = Math.max(1, Math.floor(bytesToStore / rules.volumeSizeBytes))
    const count = Math.min(Math.max(1, pool.size), useful)
    const lanes = Array.from({ length: count }, (_, worker) => new CompactLane(worker, work))
    const free = new FreeLanes(lanes)
    const isOver = () => this.#isStopped()
    const options = { nameOf: ({ name }: CatalogVolume) => name, parallel: count + 1, isOver, signal }
    try {
      await forEachFetched(fetcher, sources, options, (fetched) =>
        free.use((lane) => this.#copy(pool, lane, fetched, rest))
      )
      const waiting = (await Promise.all(lanes.map((lane) => lane.end()))).flat()
      await this.#store(maintenance, await this.#leftOvers(pool, count))
      await this.#release(maintenance, waiting)
    } finally {
      await Promise.allSettled(lanes.map((lane) => lane.end()))
    }
  }

  async #copy(
    pool: WorkerPool<CompactJobs>,
    lane: CompactLane,
    { item: source, volume, error }: FetchOutcome<CatalogVolume>,
    sources: CompactSources
  ): Promise<void> {
    if (volume === undefined) {
      this.#skip(source, error)
      return
    }
    const { signal } = this.#options
    const job = sources.jobFor(source, volume.path, volume.sizeBytes)
    const result = await pool.run('compact-copy', job, { signal, worker: lane.worker })
    this.totals.fetched(volume.sizeBytes)
    this.#tell()
    if ('failure' in result) {
      this.#leave(source, result.failure)
      return
    }
    this.totals.copied()
    await lane.copied(source, result.finished, result.isOpen)
  }

  /** What the last volumes of the lanes come to, in as few volumes as possible. */
  async #leftOvers(pool: WorkerPool<CompactJobs>, lanes: number): Promise<FinishedVolume[]> {
    const left: FinishedVolume[] = []
    for (let worker = 0; worker < lanes; worker++) {
      const volume = await pool.run('compact-finish', undefined, { worker })
      if (volume !== undefined) left.push(volume)
    }
    const merged: FinishedVolume[] = []
    for (const group of planMerge(left, this.#plan.rules.volumeSizeBytes))
      merged.push(group.length === 1 ? group[0]! : await pool.run('compact-merge', group, { worker: 0 }))
    return merged
  }

  /** Each is entered with its blocks before it is sent, and counts when the destination has it. */
  async #store({ store }: Maintenance, volumes: readonly FinishedVolume[]): Promise<void> {
    const { catalog } = this.#context
    for (const volume of volumes) {
      await store.upload(registerVolume(catalog, volume), { signal: this.#options.signal })
      this.totals.stored(volume.dblock.sizeBytes + (volume.dindex?.sizeBytes ?? 0))
      this.#tell()
    }
  }

  async #release(maintenance: Maintenance, dblocks: readonly CatalogVolume[]): Promise<void> {
    if (dblocks.length === 0) return
    const doomed = doomVolumes(this.#context.catalog, dblocks)
    const { deleted } = await this.#frame.delete(maintenance, doomed)
    const gone = new Set(deleted)
    for (const { name, type, size = 0 } of doomed)
      if (gone.has(name)) this.totals.deleted(type === 'dblock', size)
    this.#tell()
  }

  /** It could not be fetched now, which says nothing about it. */
  #skip({ name }: CatalogVolume, error: unknown): void {
    if (!isTercetError(error)) throw error
    this.issues.add({
      code: error.code,
      severity: 'warning',
      message: `The volume ${name} stays as it is: ${error.message}`,
      volume: name
    })
  }

  /** It is damaged, and may hold the only copy of what it has: it stays as it is (W15). */
  #leave(
    { name }: CatalogVolume,
    { code, message }: { readonly code: string; readonly message: string }
  ): void {
    const { catalog, clock = systemClock } = this.#context
    catalog.ledger.record({ volumeName: name, verifiedAt: clock.now(), outcome: 'damaged' })
    this.issues.add({
      code: 'COMPACT_VOLUME_DAMAGED',
      severity: 'error',
      message: `The volume ${name} stays as it is, for it is damaged: ${message} (${code})`,
      volume: name
    })
  }

  #createPool({ settings, keys, spool }: Maintenance): WorkerPool<CompactJobs> {
    const { prefix, blocksize, blockHash, fileHash } = settings
    const init: CompactWorkerInit = {
      recipe: {
        spoolFolder: spool.folder,
        prefix,
        settings: { blocksize, blockHash, fileHash },
        compression: this.#compression,
        dblockSizeBytes: this.#plan.rules.volumeSizeBytes,
        indexPolicy: 'full',
        writeBehind: takesFilesOver(this.#context.backend, spool.folder)
      },
      key: keys && exportVolumeKey(keys.key)
    }
    return createEnginePool<CompactJobs, CompactWorkerInit>(this.#context, compactJobs, init)
  }

  get #compression(): CompressionSetting {
    return readStoredCompression(this.#context.catalog) ?? DEFAULT_COMPRESSION
  }

  #isStopped(): boolean {
    if (this.#options.stop?.aborted === true) this.totals.wasStopped = true
    return this.totals.wasStopped
  }

  #tell(): void {
    this.#frame.emit({ type: 'compact-progress', ...this.totals.progress(this.#plan) })
  }
}

function outdated(volume: string): EngineError {
  return new EngineError(
    'COMPACT_PLAN_OUTDATED',
    `The volume ${volume} is not any more what it was when this plan was made. Nothing was changed; make the plan again`,
    { context: { volume } }
  )
}
