import { writeSync } from 'node:fs'

/** Zeros of this length, and at a multiple of it within a block, are worth a hole. */
const PIECE_BYTES = 64 * 1024
const ZEROS = new Uint8Array(PIECE_BYTES)

/** Writes as much as it can from the start of `bytes` in another way, and says how many bytes. */
export type WriteFirst = (bytes: Uint8Array, position: number) => number

/** Writes all of `bytes`. */
export function writeAll(fd: number, bytes: Uint8Array, position: number, writeFirst?: WriteFirst): void {
  for (let at = writeFirst?.(bytes, position) ?? 0; at < bytes.length; ) {
    at += writeSync(fd, bytes, at, bytes.length - at, position + at)
  }
}

/**
 * Writes into a part of a file that was never written, and leaves out pieces that are all zeros: there the file reads as
 * zeros already, and needs no space.
 *
 * @returns false where the last piece was left out, so that the file may be shorter than it is to be
 */
export function writeAroundHoles(
  fd: number,
  bytes: Uint8Array,
  position: number,
  writeFirst?: WriteFirst
): boolean {
  let start = 0
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    const end = Math.min(at + PIECE_BYTES, bytes.length)
    if (!isZero(bytes, at, end)) continue
    writeAll(fd, bytes.subarray(start, at), position + start, writeFirst)
    start = end
  }
  writeAll(fd, bytes.subarray(start), position + start, writeFirst)
  return start < bytes.length
}

function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  // Most pieces are told apart by this alone.
  if (bytes[start] !== 0 || bytes[end - 1] !== 0) return false
  return Buffer.compare(bytes.subarray(start, end), ZEROS.subarray(0, end - start)) === 0
}
