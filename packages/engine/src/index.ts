export { backup } from './backup/backup.ts'
export type { BackupCounts } from './backup/backup-counts.ts'
export {
  type BackupHash,
  type BackupOptions,
  type CompressionOption,
  type PathList,
  resolveBackupOptions,
  type SourceChanges
} from './backup/backup-options.ts'
export type { BackupResult, StoredVersion } from './backup/backup-result.ts'
export { type SourceSelection, scanOptionsOfSelection } from './backup/source-selection.ts'
export { type AffectedPath, type AffectedResult, affected } from './browse/affected.ts'
export {
  type BrowseContext,
  type EntriesOptions,
  entries,
  type FindOptions,
  type FolderContentOptions,
  type FoundEntry,
  fileVersions,
  find,
  folderContent,
  type Page,
  type PageOptions,
  type SearchOptions,
  searchEntries,
  versions
} from './browse/browse.ts'
export type { Entry, Version } from './browse/browse-types.ts'
export { type CompareOptions, compare, type Difference } from './browse/compare.ts'
export { type CompareSourceOptions, compareSource } from './browse/compare-source.ts'
export {
  type BrokenFile,
  type BrokenFilesResult,
  type ListBrokenFilesOptions,
  type LostVolume,
  listBrokenFiles
} from './browse/list-broken-files.ts'
export { testFilters } from './browse/test-filters.ts'
export type { EngineContext, ReadingContext } from './common/context.ts'
export { EngineError, type EngineErrorCode } from './common/engine-error.ts'
export type { EngineEvent, EventListener, Phase } from './common/events.ts'
export type {
  BackupIssueCode,
  CompactIssueCode,
  DeleteIssueCode,
  LockIssueCode,
  PurgeIssueCode,
  RecreateIssueCode,
  RepairIssueCode,
  RestoreRunIssueCode,
  VerifyIssueCode
} from './common/issue-codes.ts'
export type { IssueOptions } from './common/issue-log.ts'
export { readLocks, type VolumeLock } from './common/object-lock.ts'
export { RunController } from './common/run-controller.ts'
export type { VersionChoice } from './common/select-version.ts'
export { parseTime } from './common/selection-time.ts'
export { parseVersionList } from './common/selection-versions.ts'
export { readStoredSettings, type StoredSettings } from './common/stored-settings.ts'
export { type UnreadableVersion, unreadableVersions } from './common/unreadable-versions.ts'
export { lastFullScan, type VersionCoverage } from './common/version-coverage.ts'
export { createVolumeKeyring, type EncryptionSettings, type KeySource } from './common/volume-keys.ts'
export { writeVerificationFile } from './common/write-verification-file.ts'
export { type CompactResult, compact } from './compact/compact.ts'
export {
  type CompactOptions,
  type PlanCompactOptions,
  resolveCompactOptions,
  resolvePlanCompactOptions
} from './compact/compact-options.ts'
export type {
  CompactPlan,
  CompactReason,
  CompactRules,
  CompactVolume,
  VolumeUse
} from './compact/compact-plan.ts'
export { hasManySmallVolumes, planCompact } from './compact/plan-compact.ts'
export {
  type DeleteOptions,
  type PlanDeleteOptions,
  resolveDeleteOptions,
  resolvePlanDeleteOptions
} from './delete/delete-options.ts'
export type { DeletePlan } from './delete/delete-plan.ts'
export { type DeleteResult, deleteVersions } from './delete/delete-versions.ts'
export { planDelete } from './delete/plan-delete.ts'
export { type ExtendLocksOptions, type ExtendLocksResult, extendLocks } from './locks/extend-locks.ts'
export { planPurge } from './purge/plan-purge.ts'
export { type PurgeResult, purge } from './purge/purge.ts'
export {
  type PlanPurgeOptions,
  type PurgeOptions,
  type PurgeSelection,
  resolvePlanPurgeOptions,
  resolvePurgeOptions
} from './purge/purge-options.ts'
export type { PurgedVersion, PurgePlan } from './purge/purge-plan.ts'
export { planPurgeBroken } from './purge-broken/plan-purge-broken.ts'
export { type PurgeBrokenResult, purgeBroken } from './purge-broken/purge-broken.ts'
export {
  type PlanPurgeBrokenOptions,
  type PurgeBrokenOptions,
  resolvePlanPurgeBrokenOptions,
  resolvePurgeBrokenOptions
} from './purge-broken/purge-broken-options.ts'
export type { MendedVersion, PurgeBrokenPlan } from './purge-broken/purge-broken-plan.ts'
export { openTemporaryContext, type TemporaryContext } from './recreate/open-temporary-context.ts'
export { recreateCatalog } from './recreate/recreate-catalog.ts'
export type { RecreateOptions, RecreateResult } from './recreate/recreate-options.ts'
export { planDestinationRepair } from './repair/plan-repair.ts'
export { type DestinationRepairResult, repairDestination } from './repair/repair.ts'
export {
  type PlanRepairOptions,
  type RepairOptions,
  resolveRepairOptions
} from './repair/repair-options.ts'
export type {
  DestinationRepair,
  RepairAction,
  RepairMeans,
  RepairReason
} from './repair/repair-plan.ts'
export { planRestore } from './restore/plan-restore.ts'
export { type ReadFileOptions, readFile } from './restore/read-file.ts'
export { type RestoreResult, restore } from './restore/restore.ts'
export {
  type ConflictRule,
  type PlanRestoreOptions,
  type RestoreOptions,
  resolvePlanOptions,
  resolveRestoreOptions
} from './restore/restore-options.ts'
export type { RestorePlan } from './restore/restore-plan.ts'
export { parseRetentionPolicy, type RetentionFrame } from './retention/parse-policy.ts'
export { planRetention, type RetentionContext } from './retention/plan-retention.ts'
export type {
  DatedVersion,
  RetentionReason,
  RetentionRule,
  RetentionRules,
  VersionDecision
} from './retention/retention-types.ts'
export type { VersionLoss } from './rewrite/entry-fate.ts'
export { verify } from './verify/verify.ts'
export type { VolumeFault } from './verify/verify-jobs.ts'
export {
  type DamagedVolume,
  type Defect,
  resolveVerifyOptions,
  type VerifyOptions,
  type VerifyResult
} from './verify/verify-options.ts'
