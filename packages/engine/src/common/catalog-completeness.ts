import type { Catalog, CatalogReader } from '@tercet/core'
import { EngineError } from './engine-error.ts'

/**
 * Operations that decide about versions must know all of them.
 *
 * @throws EngineError `ENGINE_CATALOG_UNFINISHED`
 */
export function assertCatalogComplete(catalog: CatalogReader): void {
  if (catalog.settings.get('recreate-state') === undefined) return
  throw new EngineError(
    'ENGINE_CATALOG_UNFINISHED',
    'The catalog was not read from the destination to its end; finish the repair first'
  )
}

/** In the catalog's settings. Absent where nobody has looked. */
const KEY = 'content-known'

/**
 * Whether every block that a version refers to is known to be in a volume that the catalog has, wherever that volume may
 * be by now. Then a block can only be lost with a volume, and nobody has to look at what all versions refer to.
 */
export function isContentKnown(catalog: CatalogReader): boolean {
  const { settings, blocksets } = catalog
  return (
    settings.get(KEY) === 1 && settings.get('recreate-state') === undefined && blocksets.pendingCount() === 0
  )
}

/** To be called when that was established, or may not be so any more; in the transaction that makes it so. */
export function setContentKnown({ settings }: Catalog, isKnown: boolean): void {
  if ((settings.get(KEY) === 1) !== isKnown) settings.set(KEY, isKnown ? 1 : undefined)
}
