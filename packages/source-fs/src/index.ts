export * from './filter.ts'
export { ATTRIBUTE_BITS, formatAttributes } from './metadata/file-attributes.ts'
export { interpretMetadata, type Metadata } from './metadata/interpret-metadata.ts'
export { METADATA_KEYS } from './metadata/metadata-keys.ts'
export { MetadataReader, type MetadataReaderOptions } from './metadata/metadata-reader.ts'
export { formatTicks, parseTicks, type Timestamp } from './metadata/ticks.ts'
export { type XattrSupport, xattrSupport } from './metadata/xattr-source.ts'
export { currentPlatform, isCaseSensitive, type Platform, separatorOf, splitPath } from './platform.ts'
export { CommonFolder, restorePrefix } from './restore/common-folder.ts'
export { conflictNames } from './restore/conflict-names.ts'
export { freeBytes } from './restore/free-bytes.ts'
export {
  createRestoreTarget,
  type RestoreTarget,
  type RestoreTargetOptions,
  type TargetFile,
  type WriteMode
} from './restore/restore-target.ts'
export { parseStoredPath, type StoredPath } from './restore/stored-path.ts'
export {
  createTargetMapper,
  joinTarget,
  type TargetMapper,
  type TargetMapperOptions
} from './restore/target-mapper.ts'
export type { Decision, DecisionReason } from './scan/entry-decision.ts'
export type { DecisionSink } from './scan/entry-reader.ts'
export { compareNames, type FolderScan, type ScanEntry } from './scan/folder-scan.ts'
export { type ChangedPaths, scanChanged } from './scan/scan-changed.ts'
export { countSources, type ScanDecision, type SourceCount, scanDecisions } from './scan/scan-decisions.ts'
export { scanListed } from './scan/scan-listed.ts'
export {
  type OwnFolder,
  type ResolvedScanOptions,
  resolveScanOptions,
  type ScanOptions
} from './scan/scan-options.ts'
export { type ScanContext, scanSources } from './scan/scan-sources.ts'
export { isInside, normalizeSources, type SourceRoots } from './scan/source-roots.ts'
export { createStatReader, type EntryType, entryTypeOf, type StatReader } from './scan/stat-reader.ts'
export { packSignature, SIGNATURE_BYTES, signatureMatches } from './scan/stat-signature.ts'
export { createWatchGate } from './scan/watch-gate.ts'
export {
  type CarryOver,
  type RestoreIssue,
  type RestoreIssueCode,
  SourceError,
  type SourceErrorCode,
  type SourceIssue,
  type SourceIssueCode,
  sourceIssue
} from './source-error.ts'
