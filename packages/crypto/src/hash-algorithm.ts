/** Name of a hash algorithm, exactly as a manifest spells it (format section 8). */
export type HashAlgorithm = 'MD5' | 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512'

const SIZES: Readonly<Record<HashAlgorithm, number>> = {
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA384: 48,
  SHA512: 64
}

export const HASH_ALGORITHMS: readonly HashAlgorithm[] = Object.freeze(Object.keys(SIZES) as HashAlgorithm[])

/** True for the exact name of a known algorithm; names are case-sensitive. */
export function isHashAlgorithm(name: unknown): name is HashAlgorithm {
  return typeof name === 'string' && Object.hasOwn(SIZES, name)
}

/** Length of a digest in bytes. */
export function hashSizeBytes(algorithm: HashAlgorithm): number {
  return SIZES[algorithm]
}
