/** What both entries share: everything that needs no platform. */
export type { Archive, ArchiveWriter } from './archive.ts'
export {
  blockCount,
  blocklistCount,
  blocklistLength,
  blockSizeAt,
  maxMetadataBytes,
  splitBlocklists
} from './blocklists.ts'
export {
  archiveKind,
  type CompressionSetting,
  compressionFromTarOptions,
  compressionFromZipOptions,
  DEFAULT_COMPRESSION,
  formatCompression,
  isSolidCompression,
  parseCompression,
  type ZipCompressionOptions
} from './compression-setting.ts'
export type { CompressionHint, Compressor } from './compressor.ts'
export type { DblockReader, OpenedVolume, PackedBlock } from './dblock-reader.ts'
export type {
  DblockContent,
  DblockWriter,
  DblockWriterOptions,
  VolumeWriterOptions
} from './dblock-writer.ts'
export type { Decompressor } from './decompressor.ts'
export type { DindexReader, ReadBlocklist, ReadIndexedDblock } from './dindex-reader.ts'
export type {
  DindexWriter,
  DindexWriterOptions,
  IndexedDblock,
  RenameInDindexOptions
} from './dindex-writer.ts'
export { contentLayout, type DlistEntry, metadataLayout, type StreamLayout } from './dlist-entry.ts'
export {
  type ControlFile,
  type DlistReader,
  isControlFileName,
  type ReadEntriesOptions
} from './dlist-reader.ts'
export type { WriteDlistOptions, WrittenDlist } from './dlist-writer.ts'
export { HashIndex } from './hash-index.ts'
export {
  decodeFileset,
  decodeManifest,
  type EncodeManifestOptions,
  encodeFileset,
  encodeManifest,
  type Manifest
} from './manifest.ts'
export {
  decodeMetadata,
  EMPTY_METADATA,
  encodeMetadata,
  formatUnixOwner,
  META,
  type MetadataRecord,
  parseTicks,
  parseUnixOwner,
  ticksToUnixNs,
  type UnixOwner,
  unixNsToTicks
} from './metadata.ts'
export type { OpenAnyVolumeOptions } from './open-any-volume.ts'
export type { OpenVolumeOptions, VolumeReader } from './open-volume.ts'
export { findPathProblem, findUnstorablePath, type PathProblem } from './path-rules.ts'
export { DEFAULT_READ_LIMITS, type ReadLimits } from './read-limits.ts'
export {
  classifyRemoteName,
  REMOTE_NAME_PATTERNS,
  type RemoteName,
  verificationFileName
} from './remote-name.ts'
export { createMemoryScratch, type Scratch } from './scratch.ts'
export { createMemorySpool, type Spool } from './spool.ts'
export {
  decodeVerificationFile,
  encodeVerificationFile,
  type VerificationRecord,
  type VerificationState
} from './verification-file.ts'
export { VolumeError, type VolumeErrorCode, type VolumeProblem } from './volume-error.ts'
export type { VolumeFunctions } from './volume-functions.ts'
export {
  assertVolumePrefix,
  formatVolumeName,
  type ParseVolumeNameOptions,
  parseVolumeName,
  type VolumeName,
  type VolumeNameParts,
  type VolumeType
} from './volume-name.ts'
export {
  DEFAULT_VOLUME_SETTINGS,
  hashesPerBlocklist,
  isBlocksize,
  MAX_BLOCKSIZE,
  MIN_BLOCKSIZE,
  type VolumeSettings
} from './volume-settings.ts'
export { formatTime, parseTime } from './volume-time.ts'
export type { ZipDirectory } from './zip-directory.ts'
export { METHOD_DEFLATE, METHOD_STORED, METHOD_ZSTD } from './zip-format.ts'
export type { ZipWriterOptions } from './zip-writer.ts'
