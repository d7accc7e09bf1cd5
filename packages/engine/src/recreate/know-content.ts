import type { Catalog } from '@tercet/core'
import { isContentKnown, setContentKnown } from '../common/catalog-completeness.ts'
import type { StoredSettings } from '../common/stored-settings.ts'
import { findMissingContent } from './missing-content.ts'

/** Finds out, where that is not known yet, whether every block that a version refers to is in some volume. */
export function knowContent(catalog: Catalog, settings: StoredSettings): void {
  if (isContentKnown(catalog)) return
  const { blocks, blocklists } = findMissingContent(catalog, settings, () => true)
  setContentKnown(catalog, blocks.count + blocklists.count === 0)
}
