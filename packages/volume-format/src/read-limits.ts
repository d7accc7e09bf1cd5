import { VolumeError } from './volume-error.ts'
import type { ZipDirectory } from './zip-directory.ts'

/**
 * What a volume may ask for before anything of it is believed. Volumes that are not hostile are far below; whoever has
 * larger ones raises the limit.
 */
export interface ReadLimits {
  /** Entries of the archive. @defaultValue 10 million */
  readonly maxEntries: number
  /**
   * Block size that a manifest may name where the settings of the destination are not known yet: a block is the largest
   * piece that is held in memory. Known settings are no hostile input, and have no limit. @defaultValue 16 MiB
   */
  readonly maxBlocksize: number
  /**
   * All entries together, unpacked, for each byte of the archive; 64 MiB are always allowed.
   *
   * @defaultValue 20 000, which is what Zstandard makes of blocks of zeros
   */
  readonly maxInflationRatio: number
  /**
   * Bytes of one list of blocks in an index, and of the directory of a tar archive. Shorter ones have a limit by their
   * packed length besides. @defaultValue 256 MiB
   */
  readonly maxListBytes: number
  /** Bytes of the JSON of one entry of a file list. @defaultValue 16 MiB */
  readonly maxEntryBytes: number
  /** Levels of the JSON of one entry of a file list. @defaultValue 16 */
  readonly maxJsonDepth: number
  /** UTF-16 units of a path. @defaultValue 32 767 */
  readonly maxPathLength: number
}

export const DEFAULT_READ_LIMITS: ReadLimits = Object.freeze({
  maxEntries: 10_000_000,
  maxBlocksize: 16 * 1024 * 1024,
  maxInflationRatio: 20_000,
  maxListBytes: 256 * 1024 * 1024,
  maxEntryBytes: 16 * 1024 * 1024,
  maxJsonDepth: 16,
  maxPathLength: 32_767
})

/** The defaults, where nothing else is said; an `undefined` says nothing. */
export function readLimits(limits: Partial<ReadLimits> = {}): ReadLimits {
  const said = Object.entries(limits).filter(([, limit]) => limit !== undefined)
  return { ...DEFAULT_READ_LIMITS, ...Object.fromEntries(said) }
}

/** @throws VolumeError `VOLUME_LIMIT_EXCEEDED` */
export function assertEntries(count: number, maxEntries: number): void {
  if (count <= maxEntries) return
  throw new VolumeError(
    'VOLUME_LIMIT_EXCEEDED',
    `The archive has ${count} entries; at most ${maxEntries} are expected`,
    { context: { entries: count, maxEntries } }
  )
}

const ALWAYS_ALLOWED_BYTES = 64 * 1024 * 1024

/** @throws VolumeError `VOLUME_LIMIT_EXCEEDED` */
export function assertInflation(directory: ZipDirectory, packedBytes: number, limits: ReadLimits): void {
  let total = 0
  for (let entry = 0; entry < directory.count; entry++) total += directory.sizes[entry]!
  const most = ALWAYS_ALLOWED_BYTES + packedBytes * limits.maxInflationRatio
  if (total <= most) return
  throw new VolumeError(
    'VOLUME_LIMIT_EXCEEDED',
    `The entries of the archive have ${total} bytes; of ${packedBytes} packed bytes at most ${most} are expected`,
    { context: { sizeBytes: total, maxBytes: most } }
  )
}

/** @throws VolumeError `VOLUME_BLOCKSIZE_LIMIT` */
export function assertBlocksize(blocksize: number, limits: ReadLimits): void {
  if (blocksize <= limits.maxBlocksize) return
  throw new VolumeError(
    'VOLUME_BLOCKSIZE_LIMIT',
    `The manifest names blocks of ${blocksize} bytes; more than ${limits.maxBlocksize} are taken only where that is asked for, as they need as much memory`,
    { context: { blocksize, maxBlocksize: limits.maxBlocksize } }
  )
}

/**
 * Longest that text with random hashes in it can be, unpacked: these do not compress, so a high ratio is no list of
 * blocks or files. 1 MiB is always allowed.
 */
export function plausibleTextBytes(packedBytes: number, ratio: number, most: number): number {
  return Math.min(most, 1024 * 1024 + packedBytes * ratio)
}
