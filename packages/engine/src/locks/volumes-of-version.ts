import type { CatalogReader, CatalogVolume } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import { visitBlocks } from '../common/content-blocks.ts'
import { HashTable } from '../common/hash-table.ts'
import type { StoredSettings } from '../common/stored-settings.ts'

/**
 * Every volume that a restore of a version needs: its list, one volume with each of its blocks, and their indexes.
 * Memory: about 40 bytes for each of its blocks.
 */
export function volumesOfVersion(
  catalog: CatalogReader,
  settings: StoredSettings,
  seq: number
): CatalogVolume[] {
  const wanted = blocksOfVersion(catalog, settings, seq)
  const ids = new Set<number>()
  const list = catalog.filesets.bySeq(seq)?.volumeId
  if (list !== undefined) ids.add(list)
  const isStored = storedBlockVolumes(catalog)
  const isFound = new Uint8Array(wanted.count)
  for (const { volumeId, hashes } of catalog.blocks.newestFirst()) {
    if (!isStored.has(volumeId)) continue
    for (let at = 0; at < hashes.length; at += wanted.hashBytes) {
      const block = wanted.find(hashes, at)
      if (block < 0 || isFound[block] === 1) continue
      isFound[block] = 1
      ids.add(volumeId)
    }
  }
  for (const id of [...ids]) for (const index of catalog.volumes.indexesOf(id)) ids.add(index)
  return [...ids].flatMap((id) => catalog.volumes.byId(id) ?? [])
}

function blocksOfVersion(catalog: CatalogReader, settings: StoredSettings, seq: number): HashTable {
  const wanted = new HashTable(hashSizeBytes(settings.blockHash))
  const add = (hashes: Uint8Array, offset: number): void => {
    wanted.add(hashes, offset)
  }
  for (const row of catalog.entries.of({ seq })) {
    const streams = [
      { hash: row.hash, sizeBytes: row.size, refs: row.content },
      { hash: row.metaHash, sizeBytes: row.metaSize, refs: row.metaContent }
    ]
    for (const { hash, sizeBytes, refs } of streams) {
      if (hash === undefined) continue
      for (const list of refs?.blocklists ?? []) add(list, 0)
      visitBlocks(catalog, settings, { hash, sizeBytes, refs }, add)
    }
  }
  return wanted
}

function storedBlockVolumes(catalog: CatalogReader): ReadonlySet<number> {
  const ids = new Set<number>()
  for (const { id } of catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] })) ids.add(id)
  return ids
}
