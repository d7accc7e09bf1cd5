import type * as engine from '@tercet/engine'
import type { StorageBackend } from '@tercet/interface'
import type { WatchIssue } from '@tercet/source-watch'
import type { OperationCalls } from './call-options.ts'
import type { QuotaOptions } from './destination/quota-issues.ts'
import type { TestSampleOptions } from './test-samples.ts'

/** Options of an operation whose events include those of making a catalog. */
type WithEvents<Options> = Omit<Options, keyof OperationCalls>

/** Which version, and what of it, as a list of entries. */
export interface EntriesOptions extends engine.EntriesOptions, OperationCalls {}
/** Patterns, and the versions in which they are looked for. */
export interface FindOptions extends engine.FindOptions, OperationCalls {}
/** Which two versions. */
export interface CompareOptions extends engine.CompareOptions, OperationCalls {}
/** Which version, and what of the files as they are now. */
export interface CompareSourceOptions extends WithEvents<engine.CompareSourceOptions>, OperationCalls {}
/** Which folder of which version. */
export interface FolderContentOptions extends engine.FolderContentOptions, OperationCalls {}
/** Which paths. */
export interface FileVersionsOptions extends OperationCalls {
  readonly paths: readonly string[]
}
/** What is searched for, and where. */
export interface SearchOptions extends engine.SearchOptions, OperationCalls {}
/** Of which version everything is locked, and for how long. @defaultValue the newest */
export interface SetLocksOptions
  extends WithEvents<Omit<engine.ExtendLocksOptions, 'atLeastUntil' | 'durationMs'>>,
    OperationCalls {
  /** How long from now. @defaultValue `lockDurationMs` of `openBackup` */
  readonly durationMs?: number | undefined
}
/** In which version to look for what cannot be restored; neither means all. */
export interface ListBrokenFilesOptions
  extends Omit<engine.ListBrokenFilesOptions, 'signal'>,
    OperationCalls {}
/** Names of volumes. */
export interface AffectedOptions extends OperationCalls {
  readonly volumes: readonly string[]
}
/** What to restore, and where to. */
export interface PlanRestoreOptions extends WithEvents<engine.PlanRestoreOptions>, OperationCalls {}
/** How to carry out a plan. */
export interface RestoreOptions extends WithEvents<engine.RestoreOptions>, OperationCalls {}
/** Which file of which version. */
export interface ReadFileOptions extends WithEvents<engine.ReadFileOptions>, OperationCalls {}
/** What to verify, and how thoroughly. */
export interface VerifyOptions extends WithEvents<engine.VerifyOptions>, OperationCalls {}
/** Which versions go. */
export interface PlanDeleteOptions
  extends Omit<engine.PlanDeleteOptions, 'newestIsCurrent' | 'signal'>,
    OperationCalls {}
/** How to carry out a plan of what goes. */
export interface DeleteOptions
  extends Omit<WithEvents<engine.DeleteOptions>, 'verifyListing'>,
    CompactAfterDelete,
    OperationCalls {
  /** Size of new volumes. @defaultValue what the last backup was told, else 50 MiB */
  readonly volumeSizeBytes?: number | undefined
}
/** What becomes of the space when versions were deleted. */
export interface CompactAfterDelete
  extends Pick<
    engine.PlanCompactOptions,
    'threshold' | 'smallVolumeBytes' | 'maxSmallVolumes' | 'maxDownloadBytes'
  > {
  /** Compact when versions were deleted, as far as it is worth it. @defaultValue true */
  readonly autoCompact?: boolean | undefined
}
/** What is taken out, and of which versions. */
export interface PlanPurgeOptions extends Omit<engine.PlanPurgeOptions, 'signal'>, OperationCalls {}
/** How to carry out a plan of what is taken out. */
export interface PurgeOptions extends WithEvents<engine.PurgeOptions>, CompactAfterDelete, OperationCalls {
  /** Size of new volumes. @defaultValue what the last backup was told, else 50 MiB */
  readonly volumeSizeBytes?: number | undefined
}
/** What lost volumes may be mended from. */
export interface PlanRepairOptions
  extends Omit<engine.PlanRepairOptions, 'replica' | 'signal'>,
    OperationCalls {
  /** Another place with the same volumes: a URL or a folder, or a backend that stays open. */
  readonly replica?: string | StorageBackend | undefined
}
/** How to repair. */
export interface RepairOptions
  extends PlanRepairOptions,
    Pick<engine.RepairOptions, 'volumeSizeBytes' | 'onIssue'> {}
/** What becomes of what is broken. */
export interface PlanPurgeBrokenOptions
  extends Omit<engine.PlanPurgeBrokenOptions, 'signal'>,
    OperationCalls {}
/** When volumes are made anew. */
export interface PlanCompactOptions extends Omit<engine.PlanCompactOptions, 'signal'>, OperationCalls {}
/** How to carry out the plan of a compaction. */
export interface CompactOptions
  extends Omit<WithEvents<engine.CompactOptions>, 'verifyListing'>,
    OperationCalls {}
/** Versions that go after a run that left a complete version, without an error: see `Backup.delete`. */
export type RetentionAfterRun = Pick<
  engine.RetentionRules,
  'keepTime' | 'keepVersions' | 'retentionPolicy' | 'allowFullRemoval' | 'timeTolerance'
>
/** What and how to back up. The prefix, and how attempts are repeated, are said to `openBackup`. */
export interface RunOptions
  extends Omit<WithEvents<engine.BackupOptions>, 'prefix' | 'retries' | 'retryDelayMs'>,
    RetentionAfterRun,
    CompactAfterDelete,
    TestSampleOptions,
    QuotaOptions,
    OperationCalls {
  /** Make the folder of the destination where it does not exist; false: refuse. @defaultValue true */
  readonly createDestination?: boolean | undefined
  /**
   * Look only at what a watcher in another process has recorded since the version before, if its record is unbroken: see
   * `recordOnly` of {@link Backup.watch}. Otherwise everything is looked at, and `onWatchIssue` says why. @defaultValue false
   */
  readonly changedSinceWatch?: boolean | undefined
  /** File of the journal of changes. @defaultValue beside the catalog */
  readonly journalPath?: string | undefined
  /** However sure the record is, everything is looked at that often. In milliseconds. @defaultValue one day */
  readonly fullScanEveryMs?: number | undefined
  /** Told what a user should know about the watching. */
  readonly onWatchIssue?: ((issue: WatchIssue) => void) | undefined
}
