import { expectTypeOf, test } from 'vitest'
import {
  type Catalog,
  type CatalogReader,
  type CatalogVolume,
  type CoreError,
  type CoreErrorCode,
  type EntryRow,
  type OpenCatalogOptions,
  openCatalog,
  openCatalogReader,
  type VolumeStoreEvent
} from '../src/index.ts'

test('a catalog is opened to be written or only to be read', () => {
  expectTypeOf(openCatalog).returns.resolves.toEqualTypeOf<Catalog>()
  expectTypeOf(openCatalogReader).returns.toExtend<CatalogReader>()
  expectTypeOf<Catalog>().toExtend<CatalogReader>()
  expectTypeOf<Catalog>().toExtend<Disposable>()
  expectTypeOf<{ path: undefined; damaged: undefined }>().toExtend<OpenCatalogOptions>()
  expectTypeOf<CatalogReader>().not.toHaveProperty('changes')
})

test('rows say what they may lack', () => {
  expectTypeOf<CatalogVolume['size']>().toEqualTypeOf<number | undefined>()
  expectTypeOf<CatalogVolume['type']>().toEqualTypeOf<'dblock' | 'dlist' | 'dindex'>()
  expectTypeOf<EntryRow['type']>().toEqualTypeOf<'file' | 'folder' | 'symlink'>()
  expectTypeOf<EntryRow['mtime']>().toEqualTypeOf<number | undefined>()
})

test('events are told apart by their type, errors by their code', () => {
  expectTypeOf<VolumeStoreEvent['type']>().toEqualTypeOf<
    'volume-start' | 'upload-progress' | 'volume-retry' | 'volume-end'
  >()
  expectTypeOf<Extract<VolumeStoreEvent, { type: 'volume-retry' }>['delayMs']>().toEqualTypeOf<number>()
  expectTypeOf<CoreError['code']>().toEqualTypeOf<CoreErrorCode>()
  expectTypeOf<'CATALOG_LOCKED'>().toExtend<CoreErrorCode>()
})
