/** Bytes of one piece of a big file, before rounding to whole blocks. */
const SEGMENT_BYTES = 16 * 1024 * 1024
/** Smaller files are read by one thread in one go. */
const MIN_SPREAD_BYTES = 32 * 1024 * 1024

/** A run of whole blocks of one file; only the last one of a file may end within a block. */
export interface Segment {
  readonly offset: number
  readonly length: number
}

/** True for a file that is worth spreading over several threads. */
export function isBigFile(sizeBytes: number, blockSizeBytes: number, workers: number): boolean {
  return sizeBytes >= MIN_SPREAD_BYTES && sizeBytes > 4 * workers * blockSizeBytes
}

/** Cuts a file into segments of about 16 MiB that begin at block borders (volume-format section 6). */
export function* planSegments(sizeBytes: number, blockSizeBytes: number): Generator<Segment> {
  const length = Math.max(1, Math.floor(SEGMENT_BYTES / blockSizeBytes)) * blockSizeBytes
  for (let offset = 0; offset < sizeBytes; offset += length)
    yield { offset, length: Math.min(length, sizeBytes - offset) }
}
