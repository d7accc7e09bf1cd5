import type { CatalogReader } from '@tercet/core'
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
