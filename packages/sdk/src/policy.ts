export {
  type CopyEvidence,
  evaluatePolicy,
  formatVerdict,
  type Policy,
  type PolicyEvidence,
  type PolicyOptions,
  parseDuration,
  type SyncConfiguration,
  syncOptionFromText,
  threeTwoOne,
  VERIFICATION_DEPTHS,
  type Verdict,
  type VerificationDepth
} from '@tercet/sync-policy'
export { collectEvidence } from './replication/evidence.ts'
export { readSyncConfiguration } from './replication/read-sync-configuration.ts'
