export {
  BlockIndex,
  type BlockIndexHandle,
  type BlockIndexOptions,
  type IndexedRun
} from './block-index/block-index.ts'
export { type BlockRun, type BlockRunTable, MAX_RUN_BLOCKS } from './catalog/block-run-table.ts'
export type { Blocklist, BlockRefs, Blockset, BlocksetTable, NewBlockset } from './catalog/blockset-table.ts'
export type { Catalog, CatalogReader } from './catalog/catalog.ts'
export type { CatalogErrorCode } from './catalog/catalog-error.ts'
export {
  ENTRY_FILE,
  ENTRY_FOLDER,
  ENTRY_SYMLINK,
  ENTRY_TYPES,
  type EntryBatch,
  type EntryType,
  FLAG_CHANGED_WHILE_READING,
  FLAG_STALE
} from './catalog/entry-batch.ts'
export { folderPath, type SplitPath, separatorOf, splitPath } from './catalog/entry-path.ts'
export type { BaseEntry, EntryOrder, EntryQueries, EntryQuery } from './catalog/entry-queries.ts'
export type { EntryRow } from './catalog/entry-row.ts'
export { type EntryKeys, type EntryTable, keysOf } from './catalog/entry-table.ts'
export type { Fileset, FilesetTable, ResolvedVersion, VersionSelector } from './catalog/fileset-table.ts'
export type { LedgerEntry, LedgerTable } from './catalog/ledger-table.ts'
export { type OpenCatalogOptions, openCatalog, openCatalogReader } from './catalog/open-catalog.ts'
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
