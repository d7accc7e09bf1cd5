import {
  type AffectedResult,
  affected,
  type BrokenFilesResult,
  type CompactPlan,
  type CompactResult,
  compact,
  compare,
  compareSource,
  type DeletePlan,
  type Difference,
  type EngineContext,
  type Entry,
  entries,
  type FoundEntry,
  fileVersions,
  find,
  folderContent,
  listBrokenFiles,
  type Page,
  planCompact,
  planDelete,
  planRestore,
  type ReadingContext,
  type RestorePlan,
  type RestoreResult,
  readFile,
  resolveCompactOptions,
  resolveDeleteOptions,
  resolvePlanCompactOptions,
  resolvePlanOptions,
  resolveRestoreOptions,
  resolveVerifyOptions,
  restore,
  searchEntries,
  type UnreadableVersion,
  unreadableVersions,
  type VerifyResult,
  type Version,
  verify,
  versions
} from '@tercet/engine'
import type { Secret, StorageBackend } from '@tercet/interface'
import { parseFilters } from '@tercet/source-fs'
import type { PolicyEvidence } from '@tercet/sync-policy'
import { type OperationCalls, splitCalls, streamed } from './call-options.ts'
import type { CatalogCalls, CatalogHolder } from './catalog/catalog-holder.ts'
import { type CatalogPlace, contextOf } from './catalog/open-fitting-catalog.ts'
import { type DeleteResult, deleteAndCompact, separateCompaction } from './delete-and-compact.ts'
import type {
  AffectedOptions,
  CompactOptions,
  CompareOptions,
  CompareSourceOptions,
  DeleteOptions,
  EntriesOptions,
  FileVersionsOptions,
  FindOptions,
  FolderContentOptions,
  ListBrokenFilesOptions,
  PlanCompactOptions,
  PlanDeleteOptions,
  PlanRestoreOptions,
  ReadFileOptions,
  RestoreOptions,
  RunOptions,
  SearchOptions,
  VerifyOptions
} from './operation-options.ts'
import { worst } from './outcomes.ts'
import { planDeleteRules } from './plan-delete-rules.ts'
import { planRepair, type RepairPlan, type RepairResult, repair } from './repair.ts'
import type { EvidenceOptions } from './replication/collect-evidence-of-backup.ts'
import type { RunReplication } from './replication/replicate-after-run.ts'
import type { Replication } from './replication/resolve-replication.ts'
import type { SyncStore } from './replication/sync-store.ts'
import { passphraseForRun, prepareRun, type RunResult, runBackup, withHook } from './run-backup.ts'
import { SdkError } from './sdk-error.ts'

/** What {@link openBackup} has found out. @internal */
export interface OpenedBackup extends CatalogPlace {
  /** The backend without its layers. */
  readonly store: StorageBackend
  readonly passphrase: Secret | string | undefined
  readonly catalogs: CatalogHolder
  readonly catalogPath: string | undefined
  readonly isNew: boolean
  /** What becomes of a backup after it was made. */
  readonly replication: Replication | undefined
}

/**
 * A backup that was opened. Every operation takes one object of options, with `signal` to end it and `onEvent` to follow
 * it; operations that read may go on at the same time. Whatever fails, the backup can go on being used.
 *
 * Dispose it to close its catalog and its destination; then nothing of it keeps the process alive.
 */
export class Backup implements AsyncDisposable {
  /** There was no backup at the destination when this one was opened. */
  readonly isNew: boolean
  /** The destination, for people; without credentials. */
  readonly destination: string
  /** File of the catalog that stays; undefined: there is none. */
  readonly catalogPath: string | undefined
  readonly #opened: OpenedBackup
  readonly #catalogs: CatalogHolder
  #passphrase: Secret | string | undefined
  #remembered: SyncStore | undefined
  #isClosed = false

  /** @internal */
  constructor(opened: OpenedBackup) {
    this.#opened = opened
    this.#catalogs = opened.catalogs
    this.#passphrase = opened.passphrase
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
    this.#assertOpen()
    const place = {
      ...(await this.#catalogs.place()),
      catalogs: this.#catalogs,
      passphrase: this.#passphrase
    }
    const prepared = prepareRun(options, place)
    options.signal?.throwIfAborted()
    this.#passphrase = await passphraseForRun(place)
    const replication = await this.#replicationOf(options)
    try {
      const result = await runBackup(place, withHook(prepared, replication?.onVolumeStored), this.#passphrase)
      if (replication === undefined) return { ...result, replication }
      const catalog = await this.#catalogs.existing()
      const context = catalog && contextOf(place, catalog, this.#passphrase)
      const after = await replication.after(result, context)
      return { ...result, outcome: worst(result.outcome, after.outcome), replication: after }
    } finally {
      this.#catalogs.surveyIsOld()
    }
  }

  /** All versions, newest first. @throws SdkError `BACKUP_NOT_FOUND` */
  async *versions(options: OperationCalls = {}): AsyncGenerator<Version, void, undefined> {
    yield* streamed(versions(await this.#forReading(options)), options)
  }

  /** Versions that {@link Backup.versions} leaves out as their lists at the destination are damaged, newest first. */
  async unreadableVersions(options: OperationCalls = {}): Promise<readonly UnreadableVersion[]> {
    return unreadableVersions(await this.#forReading(options))
  }

  /**
   * The entries of exactly one version, each folder's together.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_VERSION_UNREADABLE`; SourceError `FILTER_INVALID`;
   * ConfigurationError
   */
  async *entries(options: EntriesOptions = {}): AsyncGenerator<Entry, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(entries(await this.#forReading(calls), rest), calls)
  }

  /** Looks for paths in several versions. @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID` */
  async find(options: FindOptions): Promise<readonly FoundEntry[]> {
    const { calls, rest } = splitCalls(options)
    return find(await this.#forReading(calls), rest)
  }

  /** What differs between exactly two versions. @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError */
  async *compare(options: CompareOptions = {}): AsyncGenerator<Difference, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(compare(await this.#forReading(calls), rest), calls)
  }

  /**
   * What differs between exactly one version and the files as they are now, by size and time or by content.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID`; ConfigurationError
   */
  async *compareSource(options: CompareSourceOptions = {}): AsyncGenerator<Difference, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(compareSource(await this.#forReading(calls), { ...rest, signal: calls.signal }), calls)
  }

  /**
   * The direct children of a folder in exactly one version, page by page.
   *
   * @throws EngineError `ENGINE_FOLDER_NOT_FOUND`; CoreError `CATALOG_NO_SUCH_VERSION`
   */
  async folderContent(options: FolderContentOptions): Promise<Page<Entry>> {
    const { calls, rest } = splitCalls(options)
    return folderContent(await this.#forReading(calls), rest)
  }

  /** What each version has under some paths, newest first. */
  async fileVersions(options: FileVersionsOptions): Promise<readonly FoundEntry[]> {
    const { calls, rest } = splitCalls(options)
    return fileVersions(await this.#forReading(calls), rest)
  }

  /** Searches versions for a part of a path, page by page. */
  async searchEntries(options: SearchOptions): Promise<Page<FoundEntry>> {
    const { calls, rest } = splitCalls(options)
    return searchEntries(await this.#forReading(calls), rest)
  }

  /** Versions and paths that need some volumes. @throws CoreError `CATALOG_NO_SUCH_VOLUME` */
  async affected(options: AffectedOptions): Promise<AffectedResult> {
    const { calls, rest } = splitCalls(options)
    return affected(await this.#forReading(calls), rest)
  }

  /**
   * What cannot be restored, as volumes are missing at the destination or were found damaged. Fetches nothing.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError; StorageError
   */
  async listBrokenFiles(options: ListBrokenFilesOptions = {}): Promise<BrokenFilesResult> {
    const { calls, rest } = splitCalls(options)
    return await listBrokenFiles(await this.#forReading(calls), { ...rest, signal: calls.signal })
  }

  /**
   * Finds out what a restore would do: how much it writes and which volumes it needs. Changes nothing.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_VERSION_UNREADABLE`, `RESTORE_NOTHING_SELECTED`;
   * SourceError `FILTER_INVALID`
   */
  async planRestore(options: PlanRestoreOptions = {}): Promise<RestorePlan> {
    parseFilters(resolvePlanOptions(options).filters)
    return await planRestore(await this.#forReading(options), options)
  }

  /**
   * Carries out a plan, or plans and restores at once. A volume that is missing or damaged costs only the files that
   * need it: they are issues, and all others are restored.
   *
   * @throws EngineError `RESTORE_*`, `ENGINE_ISSUE_ABORT`; StorageError; the reason of `signal`
   */
  async restore(plan: RestorePlan, options?: RestoreOptions): Promise<RestoreResult>
  async restore(options?: PlanRestoreOptions & RestoreOptions): Promise<RestoreResult>
  async restore(
    what: RestorePlan | (PlanRestoreOptions & RestoreOptions) = {},
    options: RestoreOptions = {}
  ): Promise<RestoreResult> {
    if ('volumesToFetch' in what) return await restore(await this.#forReading(options), what, options)
    const { dryRun, ...planOptions } = what
    resolveRestoreOptions({ dryRun })
    const { signal, onEvent, onIssue } = planOptions
    const plan = await this.planRestore(planOptions)
    return await restore(await this.#forReading(what), plan, { dryRun, signal, onEvent, onIssue })
  }

  /**
   * The content of one file of one version.
   *
   * @throws EngineError `RESTORE_FILE_NOT_FOUND`, `RESTORE_FILE_LOST`, `RESTORE_HASH_MISMATCH` after the last byte
   */
  async *read(options: ReadFileOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* readFile(await this.#forReading(calls), { ...rest, signal: calls.signal })
  }

  /** Reads volumes of the destination and tells all defects that it finds, with the versions and files they harm. */
  async verify(options: VerifyOptions = {}): Promise<VerifyResult> {
    resolveVerifyOptions(options)
    this.#assertOpen()
    options.signal?.throwIfAborted()
    return await verify(await this.#catalogs.forVerifying(this.#calls(options)), options)
  }

  /**
   * Finds out which versions go by which rule, and which rule keeps each other one. Changes nothing.
   *
   * @throws ConfigurationError `CONFIG_*`; EngineError `RETENTION_*`; SdkError `BACKUP_NOT_FOUND`
   */
  async planDelete(options: PlanDeleteOptions): Promise<DeletePlan> {
    const rules = planDeleteRules(options)
    return await planDelete(await this.#forReading(options), rules)
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
    return await this.#changing(given, (calls, context) =>
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
    return await planCompact(await this.#forReading(options), rules)
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
    return await this.#changing(options, ({ onEvent }, context) =>
      compact(context, what, { ...options, onEvent })
    )
  }

  /** Finds out what {@link Backup.repair} would do. */
  async planRepair(options: OperationCalls = {}): Promise<RepairPlan> {
    this.#assertOpen()
    options.signal?.throwIfAborted()
    return planRepair(await this.#catalogs.place(), await this.#catalogs.existing())
  }

  /**
   * Carries out a plan, or plans and repairs at once: makes the catalog from the destination where it is missing, and
   * takes in what it lacks, as far as that is so still. An interrupted run is continued by the next one.
   *
   * @throws SdkError `BACKUP_NOT_FOUND`; SdkError `REPAIR_UNSUPPORTED` where volumes are missing at the destination;
   * EngineError `RECREATE_*`
   */
  async repair(plan: RepairPlan, options?: OperationCalls): Promise<RepairResult>
  async repair(options?: OperationCalls): Promise<RepairResult>
  async repair(what: RepairPlan | OperationCalls = {}, more: OperationCalls = {}): Promise<RepairResult> {
    const options = 'volumesToFetch' in what ? more : what
    this.#assertOpen()
    options.signal?.throwIfAborted()
    return await repair(await this.#catalogs.place(), this.#catalogs, this.#calls(options))
  }

  /** What {@link collectEvidence} collects. */
  async evidence(options: EvidenceOptions = {}): Promise<PolicyEvidence> {
    const context = await this.#forReading({ signal: options.signal })
    const { evidenceOfBackup } = await import('./replication/collect-evidence-of-backup.ts')
    return await evidenceOfBackup(this.#opened, await this.#syncStore(), context, options)
  }

  /** Closes the catalog, the destination, and the replicas that were given as backends. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#catalogs[Symbol.dispose]()
    if (this.#opened.options.keepDestinationOpen) return
    for (const replica of this.#opened.replication?.backends.values() ?? [])
      await replica[Symbol.asyncDispose]()
    await this.#opened.store[Symbol.asyncDispose]()
  }

  /** Work that changes the destination, unless it is a dry run. */
  async #changing<Result>(
    options: OperationCalls & { readonly dryRun?: boolean | undefined },
    work: (calls: CatalogCalls, context: EngineContext) => Promise<Result>
  ): Promise<Result> {
    this.#assertOpen()
    options.signal?.throwIfAborted()
    const calls = this.#calls(options)
    const context = options.dryRun
      ? await this.#catalogs.forTrying(calls)
      : await this.#catalogs.forWriting(calls)
    try {
      return await work(calls, context)
    } finally {
      this.#catalogs.surveyIsOld()
    }
  }

  async #forReading(calls: OperationCalls): Promise<ReadingContext> {
    this.#assertOpen()
    calls.signal?.throwIfAborted()
    return await this.#catalogs.forReading(this.#calls(calls))
  }

  #calls({ signal, onEvent = this.#opened.options.onEvent }: OperationCalls) {
    return { passphrase: this.#passphrase, signal, onEvent }
  }

  async #replicationOf(options: RunOptions): Promise<RunReplication | undefined> {
    const { replication } = this.#opened
    if (replication === undefined) return undefined
    const { prepareReplication } = await import('./replication/replicate-after-run.ts')
    return prepareReplication(this.#opened, replication, await this.#syncStore(), options)
  }

  /** What replication remembers; without a catalog that stays, as long as the backup is open. */
  async #syncStore(): Promise<SyncStore> {
    const { SyncStore } = await import('./replication/sync-store.ts')
    this.#remembered ??= new SyncStore(this.catalogPath)
    return this.#remembered
  }

  #assertOpen(): void {
    if (!this.#isClosed) return
    throw new SdkError('BACKUP_CLOSED', `The backup at ${this.destination} was closed`)
  }
}
