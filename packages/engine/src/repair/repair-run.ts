import { createWorkerPool, type WorkerPool } from '@tercet/core'
import { counted, systemClock } from '@tercet/interface'
import { DEFAULT_COMPRESSION } from '@tercet/volume-format'
import { type BackupJobs, createBackupJobs } from '../backup/backup-jobs.ts'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import { recoverInterrupted } from '../backup/recover-interrupted.ts'
import { type BrokenFilesResult, listBrokenFiles } from '../browse/list-broken-files.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import { readStoredCompression } from '../common/stored-compression.ts'
import { knowContent } from '../recreate/know-content.ts'
import { BlockMender } from './block-mender.ts'
import { copyFromReplica } from './copy-from-replica.ts'
import { listReplica, surveyPlaces } from './make-repair-plan.ts'
import { mendBlocks } from './mend-blocks.ts'
import { mendIndexes } from './mend-indexes.ts'
import { mendLists } from './mend-lists.ts'
import type { RecordedVolume } from './recorded-volumes.ts'
import type { RepairOptions, ResolvedRepairOptions } from './repair-options.ts'
import type { DestinationRepair, RepairAction, RepairMeans } from './repair-plan.ts'
import type { RepairTools } from './repair-tools.ts'
import { setFalseAlarmsAside } from './set-false-alarms-aside.ts'

/** The steps of a repair, in the order in which they are safe. */
export class RepairRun {
  readonly mended: RepairAction[] = []
  /** Volumes that were taken for damaged and are not. */
  sound: readonly string[] = []
  mender: BlockMender | undefined
  copiedBytes = 0
  readonly #context: EngineContext
  readonly #plan: DestinationRepair
  readonly #resolved: ResolvedRepairOptions
  readonly #frame: RunFrame
  #recorded: ReadonlyMap<string, RecordedVolume> = new Map()

  constructor(
    context: EngineContext,
    plan: DestinationRepair,
    resolved: ResolvedRepairOptions,
    options: RepairOptions
  ) {
    this.#context = context
    this.#plan = plan
    this.#resolved = resolved
    this.#frame = new RunFrame(context, options)
  }

  get issues() {
    return this.#frame.issues
  }

  /** Resolves with what is lost all the same. */
  async execute(): Promise<BrokenFilesResult> {
    const { emit, signal } = this.#frame
    using maintenance = openMaintenance(this.#context, { onEvent: emit })
    const { actions, endsBackup, openVolumes } = this.#plan
    await this.#assertPlanFits()
    if (actions.length > 0 || endsBackup || openVolumes > 0) {
      await this.#assertPassphrase(maintenance)
      await this.#frame.phase('check-destination', () => this.#checkDestination(maintenance))
      await this.#frame.phase('repair', () => this.#mend(maintenance, actions))
    }
    knowContent(this.#context.catalog, maintenance.settings)
    const lost = await listBrokenFiles(this.#context, { signal })
    this.#reportLost(lost)
    return lost
  }

  async #mend(maintenance: Maintenance, actions: readonly RepairAction[]): Promise<void> {
    const tools: RepairTools = {
      context: this.#context,
      maintenance,
      frame: this.#frame,
      replica: this.#resolved.replica,
      recorded: this.#recorded,
      done: (action, means) => this.#done(action, means)
    }
    const suspects = await setFalseAlarmsAside(tools, actions)
    this.sound = suspects.sound
    const { left, copiedBytes } = await copyFromReplica(tools, suspects.left)
    this.copiedBytes = copiedBytes
    this.mender = new BlockMender(this.#context, maintenance, this.#resolved, this.#frame.signal)
    await mendBlocks(tools, this.mender, left)
    await mendLists(tools, left)
    await mendIndexes(tools, left)
  }

  /** @throws EngineError `REPAIR_PLAN_OUTDATED` */
  async #assertPlanFits(): Promise<void> {
    const call = { signal: this.#frame.signal }
    const { plan, recorded } = await surveyPlaces(this.#context, this.#resolved.replica, call)
    this.#recorded = recorded
    if (JSON.stringify(plan) === JSON.stringify(this.#plan)) return
    throw new EngineError(
      'REPAIR_PLAN_OUTDATED',
      'The destination or the replica is not any more what it was when this plan was made. Nothing was changed; make the plan again'
    )
  }

  /** What is made anew must be encrypted as all the rest is; where all is lost, the replica tells. */
  async #assertPassphrase(maintenance: Maintenance): Promise<void> {
    const keys = requireKeys(maintenance)
    if (keys === undefined) return
    const { catalog } = this.#context
    const { actions } = this.#plan
    const signal = this.#frame.signal
    const lost = new Set(actions.map(({ volume }) => volume))
    if (await assertPassphraseOpens(this.#context, keys.keyring, { signal, lost })) return
    const { replica } = this.#resolved
    const copies = await listReplica(replica, { signal })
    const absent = new Set([...catalog.volumes.all()].flatMap(({ name }) => (copies.has(name) ? [] : name)))
    if (replica !== undefined)
      await assertPassphraseOpens({ ...this.#context, backend: replica }, keys.keyring, {
        signal,
        lost: absent
      })
  }

  /** Ends what was interrupted. That volumes are lost is why this is done. */
  async #checkDestination(maintenance: Maintenance): Promise<void> {
    await this.#frame.look(maintenance, { despiteLosses: true })
    if (this.#context.catalog.filesets.building() !== undefined) await this.#endBackup(maintenance)
  }

  async #endBackup({ store, spool, settings, keys }: Maintenance): Promise<void> {
    const { catalog, clock = systemClock } = this.#context
    await using pool: WorkerPool<BackupJobs> = createWorkerPool<BackupJobs>({
      workers: 0,
      inline: createBackupJobs
    })
    const signal = this.#frame.signal ?? new AbortController().signal
    const compression = readStoredCompression(catalog) ?? DEFAULT_COMPRESSION
    const how = { settings, compression, key: keys?.key, controlFiles: [], clock, signal }
    await recoverInterrupted({ catalog, store, spool, pool, ...how })
  }

  #done(action: RepairAction, means: RepairMeans): void {
    this.mended.push({ ...action, means })
    this.#frame.emit({
      type: 'repair-progress',
      volumes: this.mended.length,
      total: this.#plan.actions.length
    })
  }

  #reportLost({ volumes, files, versionsWithoutList }: BrokenFilesResult): void {
    for (const { name, type } of volumes) {
      this.issues.add({
        code: 'REPAIR_VOLUME_LOST',
        severity: 'error',
        message: `${name} could not be mended${type === 'dblock' ? ': some of its blocks are found nowhere' : ''}`,
        volume: name
      })
    }
    if (files.length + versionsWithoutList.length === 0) return
    this.issues.add({
      code: 'REPAIR_FILES_LOST',
      severity: 'error',
      message: `${counted(files.length, 'path')} cannot be restored as a whole. Another replica may have the volumes; purging what is broken gives them up`
    })
  }
}
