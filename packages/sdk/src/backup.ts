import {
  type CompactPlan,
  type CompactResult,
  compact,
  type DeletePlan,
  type PurgeBrokenPlan,
  type PurgePlan,
  planCompact,
  planDelete,
  planPurge,
  planPurgeBroken,
  resolveCompactOptions,
  resolveDeleteOptions,
  resolvePlanCompactOptions,
  resolvePlanPurgeBrokenOptions,
  resolvePlanPurgeOptions
} from '@tercet/engine'
import type { HealPlan, HealResult } from '@tercet/sync-engine'
import type { PolicyEvidence } from '@tercet/sync-policy'
import { BackupReader } from './backup-reader.ts'
import type { OperationCalls } from './call-options.ts'
import { contextOf } from './catalog/open-fitting-catalog.ts'
import { type DeleteResult, deleteAndCompact, separateCompaction } from './delete-and-compact.ts'
import type { Healing, PlanHealOptions } from './heal/heal.ts'
import type {
  CompactOptions,
  DeleteOptions,
  PlanCompactOptions,
  PlanDeleteOptions,
  PlanPurgeBrokenOptions,
  PlanPurgeOptions,
  PlanRepairOptions,
  PurgeOptions,
  RepairOptions,
  RunOptions
} from './operation-options.ts'
import { worst } from './outcomes.ts'
import { planDeleteRules } from './plan-delete-rules.ts'
import type { PurgeBrokenResult, PurgeResult } from './purge-and-compact.ts'
import type { RepairPlan, RepairResult } from './repair.ts'
import type { EvidenceOptions } from './replication/collect-evidence-of-backup.ts'
import { passphraseForRun, prepareRun, type RunResult, runBackup, withHook } from './run-backup.ts'
import { type OpenedBackup, Session } from './session.ts'
import { ownFiles } from './watch/own-files.ts'
import type { WatchedRun, WatchOptions, WatchPlace } from './watch/watch-backup.ts'

/**
 * A backup that was opened. Every operation takes one object of options, with `signal` to end it and `onEvent` to follow
 * it; operations that read may go on at the same time. Whatever fails, the backup can go on being used.
 *
 * Dispose it to close its catalog and its destination; then nothing of it keeps the process alive.
 */
export class Backup extends BackupReader implements AsyncDisposable {
  /** There was no backup at the destination when this one was opened. */
  readonly isNew: boolean
  /** The destination, for people; without credentials. */
  readonly destination: string
  /** File of the catalog that stays; undefined: there is none. */
  readonly catalogPath: string | undefined
  readonly #session: Session
  /** Plans of healing that were not carried out yet, with what they hold open. */
  readonly #healing = new Map<HealPlan, Healing>()

  /** @internal */
  constructor(opened: OpenedBackup) {
    const session = new Session(opened)
    super(session)
    this.#session = session
    this.isNew = opened.isNew
    this.destination = opened.backend.displayName
    this.catalogPath = opened.catalogPath
  }

  /**
   * Makes a new version of the sources, verifies samples of the destination, and deletes the versions that the rules of
   * retention let go, where there are any and nothing went wrong. Whatever interrupts it, earlier versions stay as they
   * are, and the next run goes on where this one was. Without any change no version is made.
   *
   * @throws ConfigurationError `CONFIG_*`, SourceError `FILTER_INVALID` before any I/O; EngineError `BACKUP_*`,
   * `ENGINE_ISSUE_ABORT`; CoreError; StorageError; the reason of `signal`
   */
  async run(options: RunOptions): Promise<RunResult> {
    this.#session.assertOpen()
    const { changedSinceWatch, ...direct } = options
    if (changedSinceWatch === true) {
      const { runFromRecord } = await import('./watch/run-from-record.ts')
      return await runFromRecord(this.#watchPlace(), options)
    }
    const { journalPath: _journal, fullScanEveryMs: _scan, onWatchIssue: _told, ...run } = direct
    prepareRun(run, await this.#session.place())
    options.signal?.throwIfAborted()
    return await this.#session.exclusively(run, () => this.#run(run))
  }

  async #run(options: RunOptions): Promise<RunResult> {
    const place = await this.#session.place()
    const prepared = prepareRun(options, place)
    this.#session.passphrase = await passphraseForRun(place)
    const replication = await this.#session.replicationOf(options)
    try {
      const result = await runBackup(
        place,
        withHook(prepared, replication?.onVolumeStored),
        this.#session.passphrase
      )
      if (options.dryRun !== true) await this.#volumesChanged(options)
      if (replication === undefined) return { ...result, replication }
      const catalog = await this.#session.catalogs.existing()
      const context = catalog && contextOf(place, catalog, this.#session.passphrase)
      const after = await replication.after(result, context)
      return { ...result, outcome: worst(result.outcome, after.outcome), replication: after }
    } finally {
      this.#session.catalogs.surveyIsOld()
    }
  }

  /**
   * Makes a version whenever something changed, until `stop` is aborted or the loop is left: the first by a look at
   * everything, later ones by what was heard of meanwhile. What may have been missed is looked at, and `coverage` says
   * so. A run that fails is told and tried again; no change is forgotten.
   *
   * @throws ConfigurationError `CONFIG_*`; WatchError `WATCH_*`; SdkError `BACKUP_CLOSED`; the reason of `signal`
   */
  async *watch(options: WatchOptions): AsyncGenerator<WatchedRun, void, undefined> {
    this.#session.assertOpen()
    const { watchBackup } = await import('./watch/watch-backup.ts')
    yield* watchBackup(this.#watchPlace(), options)
  }

  #watchPlace(): WatchPlace {
    const { options: opened } = this.#session.opened
    const catalogFolder = this.catalogPath === undefined ? [] : ownFiles(this.catalogPath)
    return {
      catalogPath: this.catalogPath,
      ownPaths: [...catalogFolder, ...(opened.spoolFolder === undefined ? [] : [opened.spoolFolder])],
      localFolder: this.#session.opened.backend.localFolder,
      clock: opened.clock,
      run: (run: RunOptions) => this.run(run),
      newest: async () => {
        for await (const { createdAt } of this.versions()) return createdAt.toISOString()
        return undefined
      },
      lastFullScan: async () => {
        for await (const { coverage } of this.versions())
          return coverage?.lastFullScanAt === undefined ? undefined : Date.parse(coverage.lastFullScanAt)
        return undefined
      }
    }
  }

  /**
   * Finds out which versions go by which rule, and which rule keeps each other one. Changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `RETENTION_*`; SdkError `BACKUP_NOT_FOUND`
   */
  async planDelete(options: PlanDeleteOptions): Promise<DeletePlan> {
    const rules = planDeleteRules(options)
    return await planDelete(await this.#session.forReading(options), rules)
  }

  /**
   * Carries out a plan, or plans and deletes at once. Whatever interrupts it, all other versions stay as they are, and
   * the next run ends what was begun. Then the destination is compacted, as far as that is worth it.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `RETENTION_*`, `DELETE_PLAN_OUTDATED`, `ENGINE_CATALOG_OUTDATED`,
   * `ENGINE_VOLUMES_MISSING` before anything is deleted; `ENGINE_ISSUE_ABORT`; StorageError; the reason of `signal`
   */
  async delete(plan: DeletePlan, options?: DeleteOptions): Promise<DeleteResult>
  async delete(options: PlanDeleteOptions & DeleteOptions): Promise<DeleteResult>
  async delete(
    what: DeletePlan | (PlanDeleteOptions & DeleteOptions),
    options: DeleteOptions = {}
  ): Promise<DeleteResult> {
    const given: PlanDeleteOptions & DeleteOptions = 'decisions' in what ? options : what
    const { compaction, rest } = separateCompaction(given, 'delete')
    const { volumeSizeBytes: _, dryRun, onIssue, signal, onEvent, ...rules } = rest
    resolveDeleteOptions({ dryRun, ...('decisions' in what ? rules : {}) })
    const plan = 'decisions' in what ? what : await this.planDelete({ ...rules, signal, onEvent })
    return await this.#session.changing(given, (calls, context) =>
      deleteAndCompact(context, plan, { dryRun, onIssue, signal, onEvent: calls.onEvent }, compaction)
    )
  }

  /**
   * Finds out which volumes a compaction would delete or make anew, why, and what that costs and gains. Changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `COMPACT_LIVENESS_UNKNOWN`; SdkError `BACKUP_NOT_FOUND`
   */
  async planCompact(options: PlanCompactOptions = {}): Promise<CompactPlan> {
    const { onEvent: _, ...rules } = options
    resolvePlanCompactOptions(rules)
    return await planCompact(await this.#session.forReading(options), rules)
  }

  /**
   * Carries out a plan, or plans and compacts at once: gives back the space of what no version needs. Whatever interrupts
   * it, all versions stay as they are, and the next run goes on where this one was.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `COMPACT_*`, `ENGINE_CATALOG_OUTDATED`, `ENGINE_VOLUMES_MISSING`
   * before anything is changed; `ENGINE_ISSUE_ABORT`; CoreError; StorageError; the reason of `signal`
   */
  async compact(plan: CompactPlan, options?: CompactOptions): Promise<CompactResult>
  async compact(options?: PlanCompactOptions & CompactOptions): Promise<CompactResult>
  async compact(
    what: CompactPlan | (PlanCompactOptions & CompactOptions) = {},
    options: CompactOptions = {}
  ): Promise<CompactResult> {
    if (!('volumesToRewrite' in what)) {
      const { dryRun, stop, onIssue, ...rules } = what
      resolveCompactOptions({ dryRun })
      const { signal, onEvent } = rules
      return await this.compact(await this.planCompact(rules), { dryRun, stop, onIssue, signal, onEvent })
    }
    return await this.#session.changing(options, ({ onEvent }, context) =>
      compact(context, what, { ...options, onEvent })
    )
  }

  /**
   * Finds out what a purge would take out of which versions. Changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID`; CoreError `CATALOG_NO_SUCH_VERSION`; EngineError
   * `PURGE_*`, `ENGINE_BACKUP_INTERRUPTED`; SdkError `BACKUP_NOT_FOUND`
   */
  async planPurge(options: PlanPurgeOptions): Promise<PurgePlan> {
    const { onEvent: _, ...rules } = options
    resolvePlanPurgeOptions(rules)
    return await planPurge(await this.#session.forReading(options), rules)
  }

  /**
   * Carries out a plan: takes what matches out of versions, and gives back the space as far as that is worth it. Whatever
   * interrupts it, each version is as it was or as it is to be, with all that its list had besides.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `PURGE_*`, `ENGINE_*` before anything is changed;
   * `ENGINE_ISSUE_ABORT`; CoreError; StorageError; the reason of `signal`
   */
  async purge(plan: PurgePlan, options: PurgeOptions = {}): Promise<PurgeResult> {
    const { purgeAndCompact, purgeOptions } = await import('./purge-and-compact.ts')
    const { compaction, dryRun, onIssue, signal } = purgeOptions(options, 'purge')
    return await this.#session.changing(options, ({ onEvent }, context) =>
      purgeAndCompact(context, plan, { dryRun, onIssue, signal, onEvent }, compaction)
    )
  }

  /**
   * Finds out what has to go so that everything that is left can be restored. Fetches nothing and changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `PURGE_*`, `ENGINE_BACKUP_INTERRUPTED`; SdkError `BACKUP_NOT_FOUND`
   */
  async planPurgeBroken(options: PlanPurgeBrokenOptions = {}): Promise<PurgeBrokenPlan> {
    const { onEvent: _, ...rules } = options
    resolvePlanPurgeBrokenOptions(rules)
    return await planPurgeBroken(await this.#session.forReading(options), rules)
  }

  /**
   * Carries out a plan: takes out of all versions what cannot be restored any more, and gives up the volumes that are
   * lost. What a replica still has is lost for good by it, unless {@link Backup.repair} has brought it back before.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `PURGE_*`, `ENGINE_*` before anything is changed;
   * `ENGINE_ISSUE_ABORT`; CoreError; StorageError; the reason of `signal`
   */
  async purgeBroken(plan: PurgeBrokenPlan, options: PurgeOptions = {}): Promise<PurgeBrokenResult> {
    const { purgeBrokenAndCompact, purgeOptions } = await import('./purge-and-compact.ts')
    const { compaction, dryRun, onIssue, signal } = purgeOptions(options, 'purgeBroken')
    return await this.#session.changing(options, ({ onEvent }, context) =>
      purgeBrokenAndCompact(context, plan, { dryRun, onIssue, signal, onEvent }, compaction)
    )
  }

  /**
   * Finds out what {@link Backup.repair} would do, to the catalog and, where that is as it should be, to the destination.
   * Fetches nothing and changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; SdkError `BACKUP_NOT_FOUND`, `STORAGE_UNKNOWN_SCHEME`; StorageError
   */
  async planRepair(options: PlanRepairOptions = {}): Promise<RepairPlan> {
    this.#session.assertOpen()
    options.signal?.throwIfAborted()
    const { catalogs } = this.#session
    const { planRepair } = await import('./repair.ts')
    return await planRepair(await catalogs.place(), await catalogs.existing(), options)
  }

  /**
   * Carries out a plan, or plans and repairs at once: makes the catalog from the destination where it is missing, takes
   * in what it lacks, and brings back what volumes of the destination have lost: from a replica, from the catalog, from
   * the files that were backed up. A plan that was made while the catalog was not as it should be ends there; the next
   * one tells of the destination. What cannot be mended is named in the result. An interrupted run is continued by the
   * next one, and where all is well nothing changes.
   *
   * @throws ConfigurationError `CONFIG_*`; SdkError `BACKUP_NOT_FOUND`; EngineError `RECREATE_*`, `REPAIR_PLAN_OUTDATED`,
   * `BACKUP_PASSPHRASE_WRONG`, `ENGINE_ISSUE_ABORT`; CoreError; StorageError; the reason of `signal`
   */
  async repair(plan: RepairPlan, options?: RepairOptions): Promise<RepairResult>
  async repair(options?: RepairOptions): Promise<RepairResult>
  async repair(what: RepairPlan | RepairOptions = {}, more: RepairOptions = {}): Promise<RepairResult> {
    const [plan, options] = 'volumesToFetch' in what ? [what, more] : [undefined, what]
    this.#session.assertOpen()
    options.signal?.throwIfAborted()
    const { catalogs } = this.#session
    const { repair } = await import('./repair.ts')
    return await this.#session.exclusively(options, async () => {
      const calls = this.#session.calls(options)
      try {
        const result = await repair(await catalogs.place(), catalogs, plan, { ...options, ...calls })
        if (result.destination !== undefined) await this.#volumesChanged(options)
        return result
      } finally {
        catalogs.surveyIsOld()
      }
    })
  }

  /**
   * Compares the volumes at the destination with those at its replicas, finds out which copies are wrong, and plans to
   * put the right bytes back, at the destination too. Changes nothing, and asks for no archived copy.
   *
   * @throws ConfigurationError `CONFIG_*`; SyncError `SYNC_NO_PREFIX`, `SYNC_SPOOL_FAILED`; the reason of `signal`
   */
  async planHeal(options: PlanHealOptions = {}): Promise<HealPlan> {
    this.#session.assertOpen()
    const { planHealOf } = await import('./heal/heal.ts')
    const healing = await planHealOf(this.#session, options)
    this.#healing.set(healing.plan, healing)
    return healing.plan
  }

  /**
   * Carries out a plan, or plans and heals at once. A copy is replaced only where it is known to be wrong, and only by
   * bytes that are known to be right; what cannot be mended is an issue.
   *
   * @throws SyncError `SYNC_PLAN_UNKNOWN`; the reason of `signal`
   */
  async heal(plan: HealPlan, options?: OperationCalls): Promise<HealResult>
  async heal(options?: PlanHealOptions): Promise<HealResult>
  async heal(what: HealPlan | PlanHealOptions = {}, options: OperationCalls = {}): Promise<HealResult> {
    if (!('checked' in what)) return await this.heal(await this.planHeal(what), what)
    this.#session.assertOpen()
    const { executeHeal } = await import('@tercet/sync-engine')
    await using _ = this.#healing.get(what)?.resources
    this.#healing.delete(what)
    try {
      return await executeHeal(what, { signal: options.signal })
    } finally {
      this.#session.catalogs.surveyIsOld()
    }
  }

  /** What {@link collectEvidence} collects. */
  async evidence(options: EvidenceOptions = {}): Promise<PolicyEvidence> {
    const session = this.#session
    const context = await session.forReading({ signal: options.signal })
    const { evidenceOfBackup } = await import('./replication/collect-evidence-of-backup.ts')
    return await evidenceOfBackup(session.opened, await session.syncStore(), context, options)
  }

  async #volumesChanged(options: OperationCalls): Promise<void> {
    if (!this.#session.opened.options.verificationFile) return
    const { catalogs } = this.#session
    await this.#session.volumesChanged(await catalogs.forWriting(this.#session.calls(options)), options)
  }

  /** Closes the catalog, the destination, and the replicas that were given as backends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close()
  }
}
