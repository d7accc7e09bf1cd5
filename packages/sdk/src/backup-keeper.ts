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
import { BackupReader } from './backup-reader.ts'
import { type DeleteResult, deleteAndCompact, separateCompaction } from './delete-and-compact.ts'
import type {
  CompactOptions,
  DeleteOptions,
  PlanCompactOptions,
  PlanDeleteOptions,
  PlanPurgeBrokenOptions,
  PlanPurgeOptions,
  PlanRepairOptions,
  PurgeOptions,
  RepairOptions
} from './operation-options.ts'
import { planDeleteRules } from './plan-delete-rules.ts'
import type { PurgeBrokenResult, PurgeResult } from './purge-and-compact.ts'
import type { RepairPlan, RepairResult } from './repair.ts'
import type { Session } from './session.ts'

/** What looks after versions and volumes that are there: all of it makes a plan first, which is plain data. */
export class BackupKeeper extends BackupReader {
  readonly #session: Session

  /** @internal */
  constructor(session: Session) {
    super(session)
    this.#session = session
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
   * lost. What a replica still has is lost for good by it, unless {@link BackupKeeper.repair} has brought it back before.
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
   * Finds out what {@link BackupKeeper.repair} would do, to the catalog and, where that is as it should be, to the destination.
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
        if (result.destination !== undefined) await this.#session.destinationChanged(options)
        return result
      } finally {
        catalogs.surveyIsOld()
      }
    })
  }
}
