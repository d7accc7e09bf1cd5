export type {
  PlaceDeclaration,
  SyncConfiguration,
  SyncDestination,
  SyncTrigger
} from './configuration/configuration.ts'
export { syncConfigurationSchema } from './configuration/configuration-schema.ts'
export { syncOptionFromText } from './configuration/option-text.ts'
export {
  type ParseConfigurationOptions,
  resolveSyncConfiguration
} from './configuration/parse-configuration.ts'
export { isConfigurationText, parseSyncConfiguration } from './configuration/parse-configuration-text.ts'
export type {
  ContentsDepth,
  Share,
  SyncOption,
  SyncOptionScope,
  SyncOptions,
  SyncOptionType,
  SyncRunOptions
} from './configuration/sync-option.ts'
export { SYNC_OPTIONS, syncOptionsOf } from './configuration/sync-options.ts'
export { formatDuration, parseDuration } from './duration.ts'
export { destinationIdOf } from './place/destination-id.ts'
export { displayUrl } from './place/display-url.ts'
export { type Place, type PlaceOptions, placeOf } from './place/place.ts'
export { type PlaceRelation, placeRelation } from './place/place-relation.ts'
export { evaluatePolicy } from './policy/evaluate-policy.ts'
export type {
  CopyEvidence,
  Fact,
  Immutability,
  PolicyEvidence,
  Verification
} from './policy/evidence.ts'
export { formatVerdict } from './policy/format-verdict.ts'
export type { CopyProblem, CopyProblemCode } from './policy/judge-copy.ts'
export { type PolicyOptions, VERIFICATION_DEPTHS, type VerificationDepth } from './policy/policy-options.ts'
export { type Policy, threeTwoOne } from './policy/three-two-one.ts'
export type { CopyResult, EvidenceLine, PolicyRule, RuleResult, Verdict } from './policy/verdict.ts'
export {
  type DueReason,
  decideSync,
  type SkipReason,
  type SyncDecision
} from './schedule/decide-sync.ts'
export type { FinishedBackup } from './schedule/finished-backup.ts'
export { recordBackup, recordSync, type SyncAttempt } from './schedule/record-sync.ts'
export { type Staleness, stalenessOf } from './schedule/staleness.ts'
export {
  type CountedBackup,
  type DestinationState,
  destinationState,
  EMPTY_SYNC_STATE,
  type HeldVersions,
  type SyncState
} from './schedule/sync-state.ts'
export { decodeSyncState, encodeSyncState } from './schedule/sync-state-text.ts'
export { SyncPolicyError, type SyncPolicyErrorCode } from './sync-policy-error.ts'
