export { abortable, untilAborted } from './abortable.ts'
export type {
  BackendContext,
  BackendCredentials,
  BackendScheme,
  BackendSchemeOption
} from './backend-scheme.ts'
export { BaseBackend } from './base-backend.ts'
export { isRanged, resolveRange } from './byte-range.ts'
export { type ByteSource, bytesSource, exactly, type LocalFile } from './byte-source.ts'
export type { CallOptions } from './call-options.ts'
export { type Capabilities, type ChecksumAlgorithm, capabilities, NO_CAPABILITIES } from './capabilities.ts'
export { type Clock, systemClock } from './clock.ts'
export { CONTRACT_VERSION } from './contract-version.ts'
export { counted, formatCount } from './counted.ts'
export {
  type ErrorContext,
  isTercetError,
  type Retry,
  StorageError,
  type StorageErrorCode,
  TercetError,
  type TercetErrorInit
} from './errors.ts'
export { isListed } from './is-listed.ts'
export { type Issue, type IssueDecision, type Outcome, outcomeOf } from './issue.ts'
export { assertKnownKeys, ConfigurationError, type ConfigurationErrorCode } from './known-keys.ts'
export { nearestName } from './nearest-name.ts'
export type { ObservedOperation, OperationObserver } from './operation-observer.ts'
export { assertStoragePath, MAX_PATH_BYTES, MAX_SEGMENT_BYTES, utf8Length } from './paths.ts'
export { revealSecret, Secret } from './secret.ts'
export type {
  DeleteFailure,
  GetOptions,
  ListOptions,
  LocalFolder,
  PromiseMethod,
  PutOptions,
  Quota,
  StorageBackend,
  StorageEntry,
  StorageLayer,
  StorageMethod,
  StoredVolume,
  StoreEndpoint,
  VolumeStoredHook
} from './storage-backend.ts'
