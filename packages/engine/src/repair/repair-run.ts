import { type CatalogVolume, createWorkerPool, type ResolvedVersion, type WorkerPool } from '@tercet/core'
import { counted, isTercetError, systemClock } from '@tercet/interface'
import { DEFAULT_COMPRESSION } from '@tercet/volume-format'
import { type BackupJobs, createBackupJobs } from '../backup/backup-jobs.ts'
import { completeIndexes } from '../backup/complete-indexes.ts'
import { assertPassphraseOpens } from '../backup/open-keys.ts'
import { recoverInterrupted } from '../backup/recover-interrupted.ts'
import { type BrokenFilesResult, listBrokenFiles } from '../browse/list-broken-files.ts'
import type { EngineContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { type Maintenance, openMaintenance, requireKeys } from '../common/open-maintenance.ts'
import { RunFrame } from '../common/run-frame.ts'
import { readStoredCompression } from '../common/stored-compression.ts'
import { doomVolumes } from '../compact/doom-volumes.ts'
import { knowContent } from '../recreate/know-content.ts'
import { isListDamage, type ListExtras, readListExtras } from '../rewrite/list-extras.ts'
import { rewriteVersions } from '../rewrite/rewrite-versions.ts'
import { BlockMender } from './block-mender.ts'
import { BlockNeeds, listReplica, proven, surveyPlaces } from './make-repair-plan.ts'
import type { RecordedVolume } from './recorded-volumes.ts'
import type { RepairOptions, ResolvedRepairOptions } from './repair-options.ts'
import type { DestinationRepair, RepairAction, RepairMeans } from './repair-plan.ts'

/** The steps of a repair, in the order in which they are safe. */
export class RepairRun {
  readonly mended: RepairAction[] = []
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
      await this.#frame.phase('repair', async () => {
        const open = await this.#withoutFalseAlarms(maintenance, actions)
        const left = await this.#copyBack(maintenance, open)
        await this.#mendBlocks(maintenance, left)
        await this.#mendLists(maintenance, left)
        await this.#mendIndexes(maintenance, left)
      })
    }
    knowContent(this.#context.catalog, maintenance.settings)
    const lost = await listBrokenFiles(this.#context, { signal })
    this.#reportLost(lost)
    return lost
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

  /** What was found damaged once may be sound after all, as when it was read badly; it is read again before it is given up. */
  async #withoutFalseAlarms(
    { store }: Maintenance,
    actions: readonly RepairAction[]
  ): Promise<readonly RepairAction[]> {
    const { catalog, clock = systemClock } = this.#context
    const open: RepairAction[] = []
    for (const action of actions) {
      const volume = catalog.volumes.byName(action.volume)
      if (volume === undefined) continue
      const isThere =
        action.reason !== 'missing' && action.reason !== 'empty' && action.reason !== 'unindexed'
      const verdict = isThere ? await store.checkContent(volume, { signal: this.#frame.signal }) : undefined
      if (verdict?.good === true && action.reason !== 'unreadable') {
        catalog.ledger.record({ volumeName: volume.name, verifiedAt: clock.now(), outcome: 'sound' })
        continue
      }
      if (verdict?.good === true) continue
      open.push(action)
    }
    return open
  }

  /** Resolves with what could not be copied. */
  async #copyBack(
    { store }: Maintenance,
    actions: readonly RepairAction[]
  ): Promise<readonly RepairAction[]> {
    const { catalog, clock = systemClock } = this.#context
    const { replica } = this.#resolved
    const left: RepairAction[] = []
    for (const action of actions) {
      const volume = catalog.volumes.byName(action.volume)
      if (action.means !== 'copy' || replica === undefined || volume === undefined) {
        left.push(action)
        continue
      }
      try {
        const copy = proven(volume, this.#recorded)
        this.copiedBytes += await store.putBack(copy, replica, { signal: this.#frame.signal })
        if (copy !== volume) catalog.volumes.update(volume.id, { size: copy.size, hash: copy.hash })
        catalog.ledger.record({ volumeName: volume.name, verifiedAt: clock.now(), outcome: 'sound' })
        this.#done(action, 'copy')
      } catch (error) {
        this.#frame.signal?.throwIfAborted()
        if (!isTercetError(error)) throw error
        this.issues.add({
          code: 'REPAIR_COPY_UNUSABLE',
          severity: 'warning',
          message: `The copy of ${volume.name} could not be used: ${error.message} (${error.code})`,
          volume: volume.name
        })
        left.push(action)
      }
    }
    return left
  }

  async #mendBlocks(maintenance: Maintenance, actions: readonly RepairAction[]): Promise<void> {
    const { catalog } = this.#context
    const lost = actions.filter(({ type, reason }) => type === 'dblock' && reason !== 'unindexed')
    const volumes = lost.flatMap(({ volume }) => catalog.volumes.byName(volume) ?? [])
    if (volumes.length === 0) return
    this.mender = new BlockMender(this.#context, maintenance, this.#resolved, this.#frame.signal)
    await this.mender.mend(volumes)
    const needs = new BlockNeeds(catalog, volumes)
    const useless = volumes.filter(({ id }) => {
      let isNeeded = false
      needs.visit(id, () => {
        isNeeded = true
      })
      return !isNeeded
    })
    await this.#delete(maintenance, doomVolumes(catalog, useless))
    for (const { name } of useless) {
      const action = lost.find(({ volume }) => volume === name)!
      this.#done(action, action.neededBlocks === 0 ? 'drop' : 'rebuild')
    }
  }

  /** What a list had besides its entries is lost with it. */
  async #mendLists(maintenance: Maintenance, actions: readonly RepairAction[]): Promise<void> {
    const { catalog } = this.#context
    const lists = new Map(
      actions
        .filter(({ type }) => type === 'dlist')
        .map((action) => [catalog.volumes.byName(action.volume)?.id, action])
    )
    const lost = catalog.filesets.versions().filter(({ volumeId }) => lists.has(volumeId))
    await rewriteVersions(this.#context, maintenance, lost, {
      fateOf: () => 'keep',
      extrasOf: async (version) =>
        lists.has(version.volumeId)
          ? { isFull: version.isFull, controlFiles: [] }
          : await this.#readExtras(maintenance, version),
      onIssue: (issue) => this.issues.add(issue),
      onVersion: ({ version, volumeId }) => {
        const action = lists.get(volumeId)!
        this.issues.add({
          code: 'REPAIR_EXTRAS_LOST',
          severity: 'warning',
          message: `The list of version ${version} was made anew; control files that it may have had are gone`,
          volume: action.volume
        })
        this.#done(action, 'rebuild')
      },
      signal: this.#frame.signal
    })
  }

  /** Of a version that only has to make room for another label. */
  async #readExtras(
    maintenance: Maintenance,
    { volumeId }: ResolvedVersion
  ): Promise<ListExtras | undefined> {
    const list = volumeId === undefined ? undefined : this.#context.catalog.volumes.byId(volumeId)
    if (list === undefined) return undefined
    const { signal } = this.#frame
    return await readListExtras(maintenance, list, { signal }).catch((error) => {
      signal?.throwIfAborted()
      if (isListDamage(error)) return undefined
      throw error
    })
  }

  /** New indexes first, then those go that are of no use. */
  async #mendIndexes(maintenance: Maintenance, actions: readonly RepairAction[]): Promise<void> {
    const { catalog, clock = systemClock } = this.#context
    const { store, spool, settings, keys } = maintenance
    const indexes = actions.filter(({ type }) => type === 'dindex')
    const volumes = indexes.flatMap(({ volume }) => catalog.volumes.byName(volume) ?? [])
    const compression = readStoredCompression(catalog) ?? DEFAULT_COMPRESSION
    const lost = new Set(volumes.map(({ id }) => id))
    await completeIndexes(catalog, store, spool, {
      settings,
      compression,
      key: keys?.key,
      clock,
      signal: this.#frame.signal,
      withLists: true,
      notCounting: lost
    })
    catalog.transaction(() => {
      for (const { id } of volumes) catalog.volumes.forgetContent(id)
      catalog.volumes.setState(lost, 'deleting')
    })
    await this.#delete(maintenance, volumes)
    for (const action of indexes) this.#done(action, action.means === 'drop' ? 'drop' : 'rebuild')
    for (const action of actions) if (action.reason === 'unindexed') this.#done(action, 'rebuild')
  }

  async #delete({ store }: Maintenance, volumes: readonly CatalogVolume[]): Promise<void> {
    const doomed = volumes.flatMap(({ id }) => this.#context.catalog.volumes.byId(id) ?? [])
    const { notDeleted } = await store.delete(doomed, { signal: this.#frame.signal })
    for (const issue of notDeleted) this.issues.add(issue)
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
      message: `${counted(files.length, 'file')} cannot be restored as a whole. Another replica may have the volumes; purging what is broken gives them up`
    })
  }
}
