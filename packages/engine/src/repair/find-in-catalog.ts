import type { CatalogReader } from '@tercet/core'
import type { WantedBlocks } from './wanted-blocks.ts'

/** The catalog knows the content of lists of blocks, which are blocks themselves. */
export function findInCatalog(catalog: CatalogReader, wanted: WantedBlocks): void {
  for (const hash of [...wanted.hashes()].map((one) => one.slice())) {
    const blocks = catalog.blocksets.blocklist(hash)
    if (blocks !== undefined) wanted.offer(hash, 0, blocks)
  }
}
