export type { ContentChecks, VerifyContent } from './copies/content-check.ts'
export { type Fallback, type ReadFromBestOptions, readFromBest } from './copies/read-from-best.ts'
export type { FileClass } from './file-class.ts'
export { executeHeal, type HealResult } from './heal/execute-heal.ts'
export { formatHealPlan } from './heal/format-heal-plan.ts'
export type { ExecuteHealOptions, HealPlaceOptions, PlanHealOptions } from './heal/heal-options.ts'
export { type CopyState, type HealFile, type HealPlan, isHealthy } from './heal/heal-plan.ts'
export { planHeal } from './heal/plan-heal.ts'
export { decodeLedger, encodeLedger, type LedgerEntry, type SyncLedger } from './ledger.ts'
export { type ReplicaMarker, readMarker } from './marker.ts'
export { type FormatPlanOptions, formatSyncPlan } from './plan/format-plan.ts'
export { isPlanCurrent } from './plan/is-plan-current.ts'
export { planSync } from './plan/plan-sync.ts'
export {
  type DeleteReason,
  isEmptyPlan,
  type PlannedDelete,
  type PlannedPut,
  type PlannedRead,
  type PutReason,
  type Refusal,
  type ReplicaPlan,
  type SyncPlan
} from './plan/sync-plan.ts'
export { MARKER_NAME } from './reserved-names.ts'
export { executeSync } from './run/execute-sync.ts'
export type { FileCount, ReplicaResult, ReplicaStatus, SyncResult } from './run/sync-result.ts'
export { SyncError, type SyncErrorCode } from './sync-error.ts'
export type { ReplicaProgress, SyncEvent } from './sync-event.ts'
export type {
  DeleteOrder,
  ExecuteSyncOptions,
  LocalVolumes,
  PlanSyncOptions,
  RecordedFile,
  ReplicaOptions,
  ReplicaSettings,
  RequiredVolumes,
  SyncConcurrency,
  VerifyLevel,
  VolumeSide
} from './sync-options.ts'
