import type { BlockRefs, CatalogReader } from '@tercet/core'
import { hashSizeBytes } from '@tercet/crypto'
import type { VolumeSettings } from '@tercet/volume-format'

/** A stream as an entry refers to it. */
export interface StreamRefs {
  readonly hash: Uint8Array
  readonly sizeBytes: number
  /** Blocks where hash and size do not tell them. */
  readonly refs: BlockRefs | undefined
}

/**
 * Calls back for each block of a stream, in order: where its hash is, its length and its index.
 *
 * @returns false when a blocklist's content is not known, so that the blocks cannot be told
 */
export function visitBlocks(
  catalog: CatalogReader,
  settings: VolumeSettings,
  stream: StreamRefs,
  visit: (hashes: Uint8Array, offset: number, sizeBytes: number, index: number) => void
): boolean {
  const { hash, sizeBytes, refs } = stream
  if (sizeBytes === 0) return true
  if (refs === undefined) {
    // The stream's own hash names its only block, which a longer stream cannot have.
    if (sizeBytes > settings.blocksize) return false
    visit(hash, 0, sizeBytes, 0)
    return true
  }
  const hashBytes = hashSizeBytes(settings.blockHash)
  const count = Math.ceil(sizeBytes / settings.blocksize)
  let index = 0
  for (const piece of catalog.blocksets.blocks(refs)) {
    if (piece === undefined) return false
    for (let at = 0; at + hashBytes <= piece.length && index < count; at += hashBytes, index++) {
      const length = Math.min(settings.blocksize, sizeBytes - index * settings.blocksize)
      visit(piece, at, length, index)
    }
  }
  return index === count
}
