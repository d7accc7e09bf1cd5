import type { HealPlan, HealResult } from '@tercet/sync-engine'
import type { PolicyEvidence } from '@tercet/sync-policy'
import { BackupKeeper } from './backup-keeper.ts'
import type { OperationCalls } from './call-options.ts'
import { contextOf } from './catalog/open-fitting-catalog.ts'
import type { Healing, PlanHealOptions } from './heal/heal.ts'
import type { RunOptions } from './operation-options.ts'
import { worst } from './outcomes.ts'
import { prepareRun, withHook } from './prepare-run.ts'
import type { EvidenceOptions } from './replication/collect-evidence-of-backup.ts'
import { passphraseForRun, type RunResult, runBackup } from './run-backup.ts'
import { type OpenedBackup, Session } from './session.ts'
import { ownFiles } from './watch/own-files.ts'
import type { WatchedRun, WatchOptions, WatchPlace } from './watch/watch-backup.ts'

/**
 * A backup that was opened. Every operation takes one object of options, with `signal` to end it and `onEvent` to follow
 * it; operations that read may go on at the same time. Whatever fails, the backup can go on being used.
 *
 * Dispose it to close its catalog and its destination; then nothing of it keeps the process alive.
 */
export class Backup extends BackupKeeper implements AsyncDisposable {
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
      if (options.dryRun !== true) await this.#session.destinationChanged(options)
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

  /** Closes the catalog, the destination, and the replicas that were given as backends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session.close()
  }
}
