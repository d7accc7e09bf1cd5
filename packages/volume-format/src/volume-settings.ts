import { type HashAlgorithm, hashSizeBytes } from '@tercet/crypto'

/** What is fixed for the life of a destination and stands in the manifest of each of its volumes. */
export interface VolumeSettings {
  /** Length of a block in bytes, 1024 to 2^31 - 1; the last block of a stream is shorter. */
  readonly blocksize: number
  /** Names blocks and blocklists. */
  readonly blockHash: HashAlgorithm
  /** Of whole streams and of volumes. */
  readonly fileHash: HashAlgorithm
}

export const MIN_BLOCKSIZE = 1024
export const MAX_BLOCKSIZE = 2 ** 31 - 1

/** What Duplicati uses for a new destination. */
export const DEFAULT_VOLUME_SETTINGS: VolumeSettings = Object.freeze({
  blocksize: 1024 * 1024,
  blockHash: 'SHA256',
  fileHash: 'SHA256'
})

export function isBlocksize(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= MIN_BLOCKSIZE && (value as number) <= MAX_BLOCKSIZE
}

/** Hashes that fit into one blocklist; what is left of the block stays unused. */
export function hashesPerBlocklist(settings: VolumeSettings): number {
  return Math.floor(settings.blocksize / hashSizeBytes(settings.blockHash))
}
