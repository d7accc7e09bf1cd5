import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import type { ChecksumAlgorithm } from '@tercet/interface'

/** The digest of `bytes`; undefined for an algorithm that is not known here. */
export function memoryChecksum(algorithm: ChecksumAlgorithm, bytes: Uint8Array): Uint8Array | undefined {
  switch (algorithm) {
    case 'MD5':
    case 'SHA1':
    case 'SHA256':
    case 'SHA512':
      return createHash(algorithm.toLowerCase()).update(bytes).digest()
    case 'CRC32': {
      const digest = Buffer.alloc(4)
      digest.writeUInt32BE(crc32(bytes))
      return digest
    }
    default:
      return undefined
  }
}
