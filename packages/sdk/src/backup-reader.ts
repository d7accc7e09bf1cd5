import {
  type AffectedResult,
  affected,
  type BrokenFilesResult,
  compare,
  compareSource,
  type Difference,
  type Entry,
  type ExtendLocksResult,
  entries,
  extendLocks,
  type FoundEntry,
  fileVersions,
  find,
  folderContent,
  listBrokenFiles,
  type Page,
  planRestore,
  type RestorePlan,
  type RestoreResult,
  readFile,
  readLocks,
  resolvePlanOptions,
  resolveRestoreOptions,
  resolveVerifyOptions,
  restore,
  searchEntries,
  type UnreadableVersion,
  unreadableVersions,
  type VerifyResult,
  type Version,
  type VolumeLock,
  verify,
  versions
} from '@tercet/engine'
import { StorageError } from '@tercet/interface'
import { parseFilters } from '@tercet/source-fs/filter'
import type { ArchivedResult } from './ask-for-archived.ts'
import { type OperationCalls, splitCalls, streamed } from './call-options.ts'
import { assertLockDuration } from './open-options.ts'
import type {
  AffectedOptions,
  CompareOptions,
  CompareSourceOptions,
  EntriesOptions,
  FileVersionsOptions,
  FindOptions,
  FolderContentOptions,
  ListBrokenFilesOptions,
  PlanRestoreOptions,
  ReadFileOptions,
  RestoreOptions,
  SearchOptions,
  SetLocksOptions,
  VerifyOptions
} from './operation-options.ts'
import type { Session } from './session.ts'

/** Everything that leaves the versions and volumes of a backup as they are. They may go on at the same time. */
export class BackupReader {
  readonly #session: Session

  /** @internal */
  constructor(session: Session) {
    this.#session = session
  }

  /** All versions, newest first. @throws SdkError `BACKUP_NOT_FOUND` */
  async *versions(options: OperationCalls = {}): AsyncGenerator<Version, void, undefined> {
    yield* streamed(versions(await this.#session.forReading(options)), options)
  }

  /** Versions that {@link Backup.versions} leaves out as their lists at the destination are damaged, newest first. */
  async unreadableVersions(options: OperationCalls = {}): Promise<readonly UnreadableVersion[]> {
    return unreadableVersions(await this.#session.forReading(options))
  }

  /**
   * The entries of exactly one version, each folder's together.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_VERSION_UNREADABLE`; SourceError `FILTER_INVALID`;
   * ConfigurationError
   */
  async *entries(options: EntriesOptions = {}): AsyncGenerator<Entry, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(entries(await this.#session.forReading(calls), rest), calls)
  }

  /** Looks for paths in several versions. @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID` */
  async find(options: FindOptions): Promise<readonly FoundEntry[]> {
    const { calls, rest } = splitCalls(options)
    return find(await this.#session.forReading(calls), rest)
  }

  /** What differs between exactly two versions. @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError */
  async *compare(options: CompareOptions = {}): AsyncGenerator<Difference, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(compare(await this.#session.forReading(calls), rest), calls)
  }

  /**
   * What differs between exactly one version and the files as they are now, by size and time or by content.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; SourceError `FILTER_INVALID`; ConfigurationError
   */
  async *compareSource(options: CompareSourceOptions = {}): AsyncGenerator<Difference, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* streamed(
      await compareSource(await this.#session.forReading(calls), { ...rest, signal: calls.signal }),
      calls
    )
  }

  /**
   * The direct children of a folder in exactly one version, page by page.
   *
   * @throws EngineError `ENGINE_FOLDER_NOT_FOUND`; CoreError `CATALOG_NO_SUCH_VERSION`
   */
  async folderContent(options: FolderContentOptions): Promise<Page<Entry>> {
    const { calls, rest } = splitCalls(options)
    return folderContent(await this.#session.forReading(calls), rest)
  }

  /** What each version has under some paths, newest first. */
  async fileVersions(options: FileVersionsOptions): Promise<readonly FoundEntry[]> {
    const { calls, rest } = splitCalls(options)
    return fileVersions(await this.#session.forReading(calls), rest)
  }

  /** Searches versions for a part of a path, page by page. */
  async searchEntries(options: SearchOptions): Promise<Page<FoundEntry>> {
    const { calls, rest } = splitCalls(options)
    return searchEntries(await this.#session.forReading(calls), rest)
  }

  /** Versions and paths that need some volumes. @throws CoreError `CATALOG_NO_SUCH_VOLUME` */
  async affected(options: AffectedOptions): Promise<AffectedResult> {
    const { calls, rest } = splitCalls(options)
    return affected(await this.#session.forReading(calls), rest)
  }

  /**
   * What cannot be restored, as volumes are missing at the destination or were found damaged. Fetches nothing.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError; StorageError
   */
  async listBrokenFiles(options: ListBrokenFilesOptions = {}): Promise<BrokenFilesResult> {
    const { calls, rest } = splitCalls(options)
    return await listBrokenFiles(await this.#session.forReading(calls), { ...rest, signal: calls.signal })
  }

  /**
   * Locks what the newest version needs, or a chosen one, or all, at the destination. Locks that last as long are left
   * alone, none is shortened, and a volume that cannot be locked is an issue.
   *
   * @throws ConfigurationError `CONFIG_MISSING` without a duration, `CONFIG_INVALID_VALUE`; CoreError
   * `CATALOG_NO_SUCH_VERSION`; SdkError `BACKUP_NOT_FOUND`; StorageError `STORAGE_UNSUPPORTED` where there are no locks
   */
  async setLocks(options: SetLocksOptions = {}): Promise<ExtendLocksResult> {
    const { durationMs = this.#session.opened.options.lockDurationMs, ...others } = options
    assertLockDuration(durationMs, 'setLocks: "durationMs"')
    const { calls, rest } = splitCalls(others)
    const context = await this.#session.forReading(calls)
    if (!context.backend.capabilities.objectLock)
      throw new StorageError('STORAGE_UNSUPPORTED', `${context.backend.displayName} does not support locks`)
    return await extendLocks(context, { ...rest, signal: calls.signal, durationMs })
  }

  /**
   * Until when each volume is locked at the destination, as they were stored. One question a volume.
   *
   * @throws SdkError `BACKUP_NOT_FOUND`; StorageError, `STORAGE_UNSUPPORTED` where there are no locks
   */
  async readLocks(options: OperationCalls = {}): Promise<readonly VolumeLock[]> {
    const { calls } = splitCalls(options)
    return await readLocks(await this.#session.forReading(calls), { signal: calls.signal })
  }

  /**
   * Finds out what a restore would do: how much it writes and which volumes it needs. Changes nothing.
   *
   * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_VERSION_UNREADABLE`, `RESTORE_NOTHING_SELECTED`;
   * SourceError `FILTER_INVALID`
   */
  async planRestore(options: PlanRestoreOptions = {}): Promise<RestorePlan> {
    parseFilters(resolvePlanOptions(options).filters)
    return await planRestore(await this.#session.forReading(options), options)
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
    if ('volumesToFetch' in what) return await restore(await this.#session.forReading(options), what, options)
    const { dryRun, ...planOptions } = what
    resolveRestoreOptions({ dryRun })
    const { signal, onEvent, onIssue } = planOptions
    const plan = await this.planRestore(planOptions)
    return await restore(await this.#session.forReading(what), plan, { dryRun, signal, onEvent, onIssue })
  }

  /**
   * Asks the store for the volumes of a plan that lie in cold storage, by name and for no other; without a plan, for the
   * lists and indexes that a lost catalog is made from. The plan stays good: restore when they can be read.
   *
   * @throws StorageError for a destination that cannot be listed; the reason of `signal`
   */
  async askForArchived(plan?: RestorePlan, { signal }: OperationCalls = {}): Promise<ArchivedResult> {
    this.#session.assertOpen()
    const { backend, options } = this.#session.opened
    const { archivedListsAndIndexes, askForArchived } = await import('./ask-for-archived.ts')
    const names =
      plan?.archivedVolumes ?? (await archivedListsAndIndexes(backend, options.prefix, { signal }))
    return await askForArchived(backend, names, { signal })
  }

  /**
   * The content of one file of one version.
   *
   * @throws EngineError `RESTORE_FILE_NOT_FOUND`, `RESTORE_FILE_LOST`, `RESTORE_HASH_MISMATCH` after the last byte
   */
  async *read(options: ReadFileOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const { calls, rest } = splitCalls(options)
    yield* readFile(await this.#session.forReading(calls), { ...rest, signal: calls.signal })
  }

  /** Reads volumes of the destination and tells all defects that it finds, with the versions and files they harm. */
  async verify(options: VerifyOptions = {}): Promise<VerifyResult> {
    resolveVerifyOptions(options)
    this.#session.assertOpen()
    options.signal?.throwIfAborted()
    return await verify(await this.#session.catalogs.forVerifying(this.#session.calls(options)), options)
  }
}
