import { createHash, type Hash } from 'node:crypto'
import type { ChecksumAlgorithm, StorageBackend } from '@tercet/interface'
import type { RecordedFile } from './sync-options.ts'

/** Digests that a store may give and that are computed here too, the strongest first. */
const COMPARABLE = ['SHA256', 'SHA512', 'SHA1', 'MD5'] as const satisfies readonly ChecksumAlgorithm[]
export type Digest = RecordedFile['hashAlgorithm']

export function createDigest(algorithm: Digest): Hash {
  return createHash(algorithm.toLowerCase())
}

/** One that both places give. */
export function commonChecksum(
  a: StorageBackend,
  b: StorageBackend
): (typeof COMPARABLE)[number] | undefined {
  return COMPARABLE.find(
    (algorithm) =>
      a.capabilities.checksums.includes(algorithm) && b.capabilities.checksums.includes(algorithm)
  )
}

/** One that a place gives. */
export function ownChecksum(backend: StorageBackend): (typeof COMPARABLE)[number] | undefined {
  return COMPARABLE.find((algorithm) => backend.capabilities.checksums.includes(algorithm))
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}

/** Which digest a hash of that length is. */
export function algorithmOfLength(length: number): Digest | undefined {
  return ({ 16: 'MD5', 20: 'SHA1', 32: 'SHA256', 48: 'SHA384', 64: 'SHA512' } as const)[length as 16]
}
