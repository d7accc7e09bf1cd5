export type {
  AffectedPath,
  AffectedResult,
  BackupCounts,
  BrokenFile,
  BrokenFilesResult,
  CompactPlan,
  CompactReason,
  CompactResult,
  CompactVolume,
  DamagedVolume,
  DatedVersion,
  Defect,
  DeletePlan,
  DestinationRepair,
  DestinationRepairResult,
  Difference,
  Entry,
  FoundEntry,
  LostVolume,
  MendedVersion,
  Page,
  PathList,
  PurgeBrokenPlan,
  PurgedVersion,
  PurgePlan,
  PurgeSelection,
  RepairAction,
  RepairMeans,
  RepairReason,
  RestorePlan,
  RestoreResult,
  RetentionReason,
  RetentionRule,
  StoredVersion,
  UnreadableVersion,
  VerifyResult,
  Version,
  VersionCoverage,
  VersionDecision,
  VersionLoss,
  VolumeFault
} from '@tercet/engine'
export { parseTime, RunController } from '@tercet/engine'
export {
  type BackendCredentials,
  type BackendScheme,
  type Clock,
  ConfigurationError,
  type Issue,
  type IssueDecision,
  isTercetError,
  type Outcome,
  outcomeOf,
  Secret,
  type StorageBackend,
  type StoredVolume,
  TercetError,
  type VolumeStoredHook
} from '@tercet/interface'
export type { ScanDecision, SourceIssue } from '@tercet/source-fs'
export type {
  HealFile,
  HealPlan,
  HealResult
} from '@tercet/sync-engine'
export type { PlaceDeclaration, PolicyEvidence, SyncConfiguration } from '@tercet/sync-policy'
export type { ArchivedResult } from './ask-for-archived.ts'
export type { Backup } from './backup.ts'
export type { BackupEvent, BackupEventListener } from './backup-event.ts'
export type { BackupKeeper } from './backup-keeper.ts'
export type { BackupReader } from './backup-reader.ts'
export type { OperationCalls } from './call-options.ts'
export { defaultCatalogPath, destinationId } from './catalog/catalog-path.ts'
export type { DeleteResult } from './delete-and-compact.ts'
export { openDestination } from './destination/open-destination.ts'
export { formatPlan } from './format-plan.ts'
export type { PlanHealOptions } from './heal/heal.ts'
export { openBackup } from './open-backup.ts'
export type { OpenBackupOptions, PassphraseProvider } from './open-options.ts'
export type * from './operation-options.ts'
export { type PlatformSupport, platformSupport } from './platform-support.ts'
export type { PurgeBrokenResult, PurgeResult } from './purge-and-compact.ts'
export type { RepairPlan, RepairResult } from './repair.ts'
export type { EvidenceOptions } from './replication/collect-evidence-of-backup.ts'
export { collectEvidence } from './replication/evidence.ts'
export type { Declarations, Replica, ReplicaSchedule } from './replication/replica.ts'
export type { ReplicaOutcome, ReplicationResult } from './replication/replication-result.ts'
export type { RunResult } from './run-backup.ts'
export { SdkError, type SdkErrorCode } from './sdk-error.ts'
export { resolveSettings, type SettingValues } from './settings/resolve-settings.ts'
export type { JsonValue, SettingOperation } from './settings/setting.ts'
export { settingsFromOptions } from './settings/settings-from-options.ts'
export { settingsOf } from './settings/settings-table.ts'
export { type TestFiltersOptions, testFilters } from './test-filters.ts'
export type { WatchedRun, Watching, WatchOptions } from './watch/watch-backup.ts'
