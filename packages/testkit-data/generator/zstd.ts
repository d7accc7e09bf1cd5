/** Zstandard frames (RFC 8878) of raw and repeated blocks, which need no compressor: the same on every machine. */
import { joined, uint32 } from './bytes.ts'

const MAGIC = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)
const MAX_BLOCK_BYTES = 131_072
const RAW = 0
const REPEATED = 1
const SHORTEST_RUN = 32

/** A text and what the reference compressor made of it at level 19: a frame with matches and Huffman codes in it. */
export const COMPRESSED_TEXT =
  'The disk is a copy of the archive. The archive is a copy of the disk.\n'.repeat(12)
const COMPRESSED_FRAME =
  'KLUv/WBIArUBAGQCVGhlIGRpc2sgaXMgYSBjb3B5IG9mIHRoZSBhcmNoaXZlLiBULgoEAP+SUPGrLJLqgLDNJw=='

/** One frame that says the length of its content. */
export function zstdFrame(bytes: Uint8Array): Uint8Array {
  if (Buffer.from(bytes).equals(Buffer.from(COMPRESSED_TEXT)))
    return new Uint8Array(Buffer.from(COMPRESSED_FRAME, 'base64'))
  const parts: Uint8Array[] = [MAGIC, Uint8Array.of(0xa0), uint32(bytes.length)]
  let at = 0
  do {
    const repeated = lengthOfRun(bytes, at)
    const isRun = repeated >= SHORTEST_RUN
    let end = at + repeated
    if (!isRun) while (end < bytes.length && lengthOfRun(bytes, end) < SHORTEST_RUN) end++
    end = Math.min(end, at + MAX_BLOCK_BYTES)
    parts.push(blockHeader(isRun ? REPEATED : RAW, end - at, end >= bytes.length))
    parts.push(bytes.subarray(at, isRun ? at + 1 : end))
    at = end
  } while (at < bytes.length)
  return joined(...parts)
}

/** How often the byte at `at` follows itself. */
function lengthOfRun(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length && bytes[end] === bytes[at] && end - at < MAX_BLOCK_BYTES) end++
  return end - at
}

/** Four bytes for each 128 KiB, and a window of any length to hold them in: `2 ** (10 + (descriptor >> 3))`. */
export function zstdBomb(sizeBytes: number, windowDescriptor = 17 << 3): Uint8Array {
  const blocks = Math.ceil(sizeBytes / MAX_BLOCK_BYTES)
  const parts: Uint8Array[] = [MAGIC, Uint8Array.of(0, windowDescriptor)]
  for (let i = 0; i < blocks; i++)
    parts.push(blockHeader(REPEATED, MAX_BLOCK_BYTES, i === blocks - 1), Uint8Array.of(0x20))
  return joined(...parts)
}

function blockHeader(type: number, length: number, isLast: boolean): Uint8Array {
  return uint32((length << 3) | (type << 1) | Number(isLast)).subarray(0, 3)
}
