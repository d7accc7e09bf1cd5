import type { HashAlgorithm } from './hash-algorithm.ts'

/** A running hash or HMAC. After `digest` it must not be used again. */
export interface Hasher {
  update(bytes: Uint8Array): void
  digest(): Uint8Array
}

/** AES-256-CBC without padding, chained over its calls. */
export interface CbcTransform {
  /** The length of `bytes` is a multiple of 16. The result is valid until the next call. */
  update(bytes: Uint8Array): Uint8Array
  /** Begins anew with the same key and another initialisation vector. */
  restart(iv: Uint8Array): void
}

/** AES-256-CBC of another make than the platform's own: keys have 32 bytes, initialisation vectors 16. */
export interface CbcCiphers {
  createCbcEncryptor(key: Uint8Array, iv: Uint8Array): CbcTransform
  createCbcDecryptor(key: Uint8Array, iv: Uint8Array): CbcTransform
}

/** What a platform has to bring along. Everything else in this package is built on these and exists once. */
export interface Primitives extends CbcCiphers {
  hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array
  createHasher(algorithm: HashAlgorithm): Hasher
  createHmacSha256(key: Uint8Array): Hasher
  /** 32 bytes of PBKDF2 with HMAC-SHA-512. */
  pbkdf2Sha512(password: Uint8Array, salt: Uint8Array, iterations: number): Uint8Array
  randomBytes(sizeBytes: number): Uint8Array
}
