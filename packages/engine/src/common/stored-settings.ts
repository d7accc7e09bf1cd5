import type { Catalog, CatalogReader } from '@tercet/core'
import { isHashAlgorithm } from '@tercet/crypto'
import type { VolumeSettings } from '@tercet/volume-format'
import { EngineError } from './engine-error.ts'

/** What is fixed for the life of a destination, as the catalog remembers it. */
export interface StoredSettings extends VolumeSettings {
  readonly prefix: string
  /** Volumes are encrypted. */
  readonly encrypted: boolean
}

/** Undefined while the catalog has seen nothing of a destination. */
export function readStoredSettings(catalog: CatalogReader): StoredSettings | undefined {
  const get = (key: string) => catalog.settings.get(key)
  const [prefix, blocksize, blockHash, fileHash] = ['prefix', 'blocksize', 'block-hash', 'file-hash'].map(get)
  if (typeof prefix !== 'string' || typeof blocksize !== 'number') return undefined
  if (!isHashAlgorithm(blockHash) || !isHashAlgorithm(fileHash)) return undefined
  return { prefix, blocksize, blockHash, fileHash, encrypted: get('encrypted') === 1 }
}

/** All of them or none. */
export function writeStoredSettings(catalog: Catalog, stored: StoredSettings): void {
  const { settings } = catalog
  catalog.transaction(() => {
    settings.set('prefix', stored.prefix)
    settings.set('blocksize', stored.blocksize)
    settings.set('block-hash', stored.blockHash)
    settings.set('file-hash', stored.fileHash)
    settings.set('encrypted', stored.encrypted ? 1 : 0)
  })
}

/** @throws EngineError `ENGINE_CATALOG_EMPTY` */
export function requireStoredSettings(catalog: CatalogReader): StoredSettings {
  const settings = readStoredSettings(catalog)
  if (settings !== undefined) return settings
  throw new EngineError(
    'ENGINE_CATALOG_EMPTY',
    'The catalog knows nothing of a destination yet. Recreate it (repair), or work from the destination alone'
  )
}
