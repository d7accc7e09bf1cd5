export {
  formatHealPlan,
  formatSyncPlan,
  isEmptyPlan,
  type ReplicaPlan,
  type ReplicaResult,
  type ReplicaStatus,
  type SyncEvent,
  type SyncPlan,
  type SyncResult
} from '@tercet/sync-engine'
export type { Mirror } from './mirror/mirror.ts'
export type { MirrorCalls, MirrorOptions } from './mirror/mirror-options.ts'
export { openMirror } from './mirror/open-mirror.ts'
