/** How a stream is cut into blocks, and the hashes of its blocks into blocklists (format section 6). */
import { hashSizeBytes } from '@tercet/crypto'
import { hashesPerBlocklist, type VolumeSettings } from './volume-settings.ts'

/** Blocks of a stream of `sizeBytes`. */
export function blockCount(sizeBytes: number, blocksize: number): number {
  return Math.ceil(sizeBytes / blocksize)
}

/** Length of one block of a stream; the last may be shorter. */
export function blockSizeAt(index: number, sizeBytes: number, blocksize: number): number {
  return Math.min(blocksize, sizeBytes - index * blocksize)
}

/** Blocklists of a stream of `sizeBytes`: none for a single block. */
export function blocklistCount(sizeBytes: number, settings: VolumeSettings): number {
  const blocks = blockCount(sizeBytes, settings.blocksize)
  return blocks <= 1 ? 0 : Math.ceil(blocks / hashesPerBlocklist(settings))
}

/** Longest metadata that is stored: what one blocklist covers. Anything longer is replaced by the empty object. */
export function maxMetadataBytes(settings: VolumeSettings): number {
  return hashesPerBlocklist(settings) * settings.blocksize
}

/** Hashes in blocklist number `list` of a stream of `sizeBytes`. */
export function blocklistLength(list: number, sizeBytes: number, settings: VolumeSettings): number {
  const perList = hashesPerBlocklist(settings)
  return Math.min(perList, blockCount(sizeBytes, settings.blocksize) - list * perList)
}

/**
 * Cuts the raw block hashes of a stream into its blocklists, as views. A stream of one block has none.
 *
 * @param hashes of all blocks of the stream, one after the other
 */
export function* splitBlocklists(hashes: Uint8Array, settings: VolumeSettings): Iterable<Uint8Array> {
  const hashSize = hashSizeBytes(settings.blockHash)
  if (hashes.length <= hashSize) return
  const step = hashesPerBlocklist(settings) * hashSize
  for (let at = 0; at < hashes.length; at += step) yield hashes.subarray(at, at + step)
}
