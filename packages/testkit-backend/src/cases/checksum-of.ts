import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ChecksumAlgorithm } from '@tercet/interface'

/** The digest as the contract wants it: hashes as their bytes, CRCs with the most significant byte first. */
export function checksumOf(algorithm: ChecksumAlgorithm, content: Uint8Array): Uint8Array {
  switch (algorithm) {
    case 'CRC32':
      return bigEndian(BigInt(crc32(content)), 4)
    case 'CRC32C':
      return bigEndian(reflectedCrc(content, 0x82f63b78n, 32n), 4)
    case 'CRC64NVME':
      return bigEndian(reflectedCrc(content, 0x9a6c9329ac4bc9b5n, 64n), 8)
    default:
      return createHash(algorithm.toLowerCase()).update(content).digest()
  }
}

/** By the definition, with a table of one byte: slow, and short enough to be checked by eye. */
function reflectedCrc(content: Uint8Array, polynomial: bigint, bits: bigint): bigint {
  const ones = (1n << bits) - 1n
  const table = Array.from({ length: 256 }, (_, index) => {
    let value = BigInt(index)
    for (let bit = 0; bit < 8; bit++) value = value & 1n ? (value >> 1n) ^ polynomial : value >> 1n
    return value
  })
  let crc = ones
  for (const byte of content) crc = (crc >> 8n) ^ (table[Number((crc ^ BigInt(byte)) & 255n)] as bigint)
  return crc ^ ones
}

function bigEndian(value: bigint, length: number): Uint8Array {
  return Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
}
