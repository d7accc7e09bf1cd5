export {
  BlockIndex,
  type BlockIndexHandle,
  type BlockIndexOptions,
  type IndexedRun
} from './block-index/block-index.ts'
export { type BlockStore, createBlockStore } from './block-store/block-store.ts'
export type { BlockStoreOptions } from './block-store/block-store-options.ts'
export type { BlockRefs } from './catalog/block-refs.ts'
export {
  type BlockCopy,
  type BlockLocations,
  type BlockRun,
  type BlockRunTable,
  type ConfirmResult,
  MAX_RUN_BLOCKS
} from './catalog/block-run-table.ts'
export type { Blocklist, Blockset, BlocksetTable, NewBlockset } from './catalog/blockset-table.ts'
export {
  type CarriedRange,
  CarriedRanges,
  carriedTree,
  type EntryPlace,
  EVERYTHING
} from './catalog/carried-ranges.ts'
export type { CarriedTable } from './catalog/carried-table.ts'
export type { Catalog, CatalogReader } from './catalog/catalog.ts'
export type { CatalogErrorCode } from './catalog/catalog-error.ts'
export { makeCatalogFolder } from './catalog/catalog-place.ts'
export { compareText } from './catalog/compare-text.ts'
export {
  ENTRY_FILE,
  ENTRY_FOLDER,
  ENTRY_SYMLINK,
  ENTRY_TYPES,
  type EntryBatch,
  type EntryType,
  FLAG_CHANGED_WHILE_READING,
  FLAG_LOST,
  FLAG_STALE
} from './catalog/entry-batch.ts'
export { type EntryChanges, type EntryKeys, keysOf } from './catalog/entry-changes.ts'
export { folderPath, type SplitPath, separatorOf, splitPath } from './catalog/entry-path.ts'
export type {
  BaseEntry,
  CurrentContent,
  EntryOrder,
  EntryQueries,
  EntryQuery
} from './catalog/entry-queries.ts'
export type { EntryRow } from './catalog/entry-row.ts'
export type { EntryDifference } from './catalog/fileset-comparison.ts'
export type { FilesetStage, StagedFileset } from './catalog/fileset-stage.ts'
export type { Fileset, FilesetTable, ResolvedVersion, VersionSelector } from './catalog/fileset-table.ts'
export type { LedgerEntry, LedgerTable } from './catalog/ledger-table.ts'
export { type OpenCatalogOptions, openCatalog } from './catalog/open-catalog.ts'
export { openCatalogReader } from './catalog/open-catalog-reader.ts'
export { revertUnavailable } from './catalog/revert-unavailable.ts'
export type { EntryRemoval, MetadataReplacement } from './catalog/rewrite-fileset.ts'
export type { SettingTable, SettingValue } from './catalog/setting-table.ts'
export type {
  CatalogVolume,
  NewVolume,
  VolumeChange,
  VolumeState,
  VolumeTable,
  VolumeType
} from './catalog/volume-table.ts'
export { CoreError, type CoreErrorCode } from './core-error.ts'
export * from './volumes/index.ts'
export * from './workers/index.ts'
