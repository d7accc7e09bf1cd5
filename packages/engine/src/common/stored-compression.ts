import type { Catalog, CatalogReader } from '@tercet/core'
import {
  type CompressionSetting,
  formatCompression,
  type OpenedVolume,
  parseCompression
} from '@tercet/volume-format'

const KEY = 'compression'

/** How the destination's newest volumes are compressed; undefined while the catalog has seen none. */
export function readStoredCompression(catalog: CatalogReader): CompressionSetting | undefined {
  const known = catalog.settings.get(KEY)
  return typeof known === 'string' ? parseCompression(known) : undefined
}

export function writeStoredCompression(catalog: Catalog, compression: CompressionSetting): void {
  catalog.settings.set(KEY, formatCompression(compression))
}

/** Takes over the method that a volume was written with. Its level does not show: a known one stays, else it is the usual one. */
export function adoptCompression(catalog: Catalog, method: OpenedVolume['compression']): void {
  if (readStoredCompression(catalog)?.method === method) return
  writeStoredCompression(catalog, parseCompression(method))
}
