export type { ContentVerdict } from './check-content.ts'
export type { DeleteReport } from './delete-volumes.ts'
export { type FetchedVolume, type FetchVolumeOptions, fetchVolume } from './fetch-volume.ts'
export {
  type FinishedVolume,
  finishedVolumeBuffers,
  type OrdinalRun,
  ordinalsOf,
  type VolumeFile
} from './finished-volume.ts'
export { freeVersionTime } from './free-version-time.ts'
export { createListSpool } from './list-spool.ts'
export type { ListingDefect } from './listing-defect.ts'
export { mergeVolumes, planMerge } from './merge-volumes.ts'
export { OpenUploads } from './open-uploads.ts'
export {
  type PendingUpload,
  registerDlist,
  registerIndex,
  registerReplacement,
  registerVolume,
  type UploadItem
} from './pending-upload.ts'
export {
  type ContentCheck,
  type ListingMode,
  type ListingPlan,
  type ReconcileOptions,
  reconcileListing
} from './reconcile-listing.ts'
export { createSpool, type Spool, type SpoolOptions } from './spool.ts'
export type { VolumeStoreEvent, VolumeStoreOptions } from './store-options.ts'
export { type OpenStoredVolumeOptions, openStoredVolume, type StoredVolumeReader } from './stored-volume.ts'
export { takesFilesOver } from './takes-files-over.ts'
export type { ListingReport, VerifyListingOptions } from './verify-listing.ts'
export { type VolumeFileOptions, VolumeFileWriter } from './volume-file-writer.ts'
export {
  encryptionOf,
  exportVolumeKey,
  importVolumeKey,
  type OpenPgpVolumeKey,
  type VolumeKey,
  type VolumeKeyData
} from './volume-key.ts'
export {
  BLOCK_IN_OPEN_VOLUME,
  BLOCK_STORED,
  type BlockClaims,
  type BlockOptions,
  VolumePacker,
  type VolumePackerOptions
} from './volume-packer.ts'
export { dlistName, type IndexPolicy, newVolumeName, type VolumeRecipe } from './volume-recipe.ts'
export { type RepackedBlocks, VolumeRepacker } from './volume-repacker.ts'
export { VolumeStore } from './volume-store.ts'
