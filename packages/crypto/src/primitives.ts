import type { HashAlgorithm } from './hash-algorithm.ts'

/** A running hash or HMAC. After `digest` it must not be used again. */
export interface Hasher {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** AES-256-CBC without padding, chained over its calls. The length of `bytes` is a multiple of 16. */
export interface CbcTransform {
  update(bytes: Uint8Array): Uint8Array
}

/** What a platform has to bring along. Everything else in this package is built on these and exists once. */
export interface Primitives {
  hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array
  createHasher(algorithm: HashAlgorithm): Hasher
  createHmacSha256(key: Uint8Array): Hasher
  /** 32 bytes of PBKDF2 with HMAC-SHA-512. */
  pbkdf2Sha512(password: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array
  createCbcEncryptor(key: Uint8Array, iv: Uint8Array): CbcTransform
  createCbcDecryptor(key: Uint8Array, iv: Uint8Array): CbcTransform
  randomBytes(sizeBytes: number): Uint8Array
}
