import { BlockIndex, type CatalogReader } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { visitBlocks } from '../common/content-blocks.ts'
import { HashTable } from '../common/hash-table.ts'
import type { StoredSettings } from '../common/stored-settings.ts'

/** What versions refer to and no volume that was read holds. */
export interface MissingContent {
  /** Blocklists whose content is not known. */
  readonly blocklists: HashTable
  /** Blocks whose volume is not known; incomplete while blocklists are missing. */
  readonly blocks: HashTable
}

/**
 * Compares what all versions refer to with the blocks that are known. Memory: the index of the known blocks (at most
 * 20 bytes each), and what is missing.
 *
 * @param isThere whether the volume is at the destination
 */
export function findMissingContent(
  catalog: CatalogReader,
  settings: StoredSettings,
  isThere: (volumeName: string) => boolean
): MissingContent {
  const width = hashSizeBytes(settings.blockHash)
  const known = Math.max(1, catalog.blocks.count())
  const index = BlockIndex.create({ expectedBlocks: known, maxBlocks: known })
  const there = new Set<number>()
  for (const { id, name } of catalog.volumes.all({ type: 'dblock' })) if (isThere(name)) there.add(id)
  index.load(catalog.blocks.all().filter((run) => there.has(run.volumeId)))
  const missing: MissingContent = { blocklists: new HashTable(width), blocks: new HashTable(width) }
  for (const hash of catalog.blocksets.pendingBlocklists()) missing.blocklists.add(hash)
  const look = (hashes: Uint8Array, offset: number): void => {
    if (index.lookup(hashes, offset) < 0) missing.blocks.add(hashes, offset)
  }
  // Where the algorithms differ, the hash of a stream is that of no block.
  if (settings.fileHash === settings.blockHash)
    for (const hashes of catalog.entries.ownBlocks(settings.blocksize))
      for (let at = 0; at < hashes.length; at += width) look(hashes, at)
  for (const refs of catalog.blocksets.used())
    visitBlocks(catalog, settings, { hash: refs.hash, sizeBytes: refs.size, refs }, look)
  return missing
}
