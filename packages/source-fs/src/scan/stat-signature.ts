import type { FileStat } from '@tercet/native'

/** Length of what {@link packSignature} writes. */
export const SIGNATURE_BYTES = 44

const words = new Uint32Array(SIGNATURE_BYTES / 4)
const bytes = new Uint8Array(words.buffer)
const TWO_32 = 0x1_0000_0000

/**
 * Writes what has to be the same for an entry to be taken as unchanged without looking at its content, extended
 * attributes or owner names again: size, modification and change time, inode, mode, uid, gid. The bytes are to be
 * compared on this machine, and mean nothing elsewhere. The device is left out, since its number may change with each
 * mount.
 */
export function packSignature(stat: FileStat, target: Uint8Array, offset: number): void {
  fill(stat)
  target.set(bytes, offset)
}

/** Whether the bytes at `offset` are what {@link packSignature} writes for `stat`. */
export function signatureMatches(stat: FileStat, packed: Uint8Array, offset = 0): boolean {
  if (packed.length - offset < SIGNATURE_BYTES) return false
  fill(stat)
  for (let at = 0; at < SIGNATURE_BYTES; at++) if (packed[offset + at] !== bytes[at]) return false
  return true
}

function fill(stat: FileStat): void {
  words[0] = stat.size
  words[1] = Math.floor(stat.size / TWO_32)
  words[2] = stat.mtimeSeconds
  words[3] = stat.mtimeNanoseconds
  words[4] = stat.ctimeSeconds
  words[5] = stat.ctimeNanoseconds
  words[6] = stat.inodeLow
  words[7] = stat.inodeHigh
  // The upper half of this word holds the seconds that do not fit above: each time has 40 bits.
  words[8] = stat.mode | (epochOf(stat.mtimeSeconds) << 16) | (epochOf(stat.ctimeSeconds) << 24)
  words[9] = stat.uid
  words[10] = stat.gid
}

function epochOf(seconds: number): number {
  return Math.floor(seconds / TWO_32) & 0xff
}
