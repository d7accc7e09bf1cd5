import type { Catalog, CatalogReader } from '@tercet/core'

const KEY = 'volume-size'

export const DEFAULT_VOLUME_BYTES = 50 * 1024 * 1024

export function writeStoredVolumeSize(catalog: Catalog, bytes: number): void {
  catalog.settings.set(KEY, bytes)
}

/** How large new volumes become where nobody says it: as the last backup was told. */
export function usualVolumeSize(catalog: CatalogReader): number {
  const known = catalog.settings.get(KEY)
  return typeof known === 'number' ? known : DEFAULT_VOLUME_BYTES
}
