import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hash,
  pbkdf2Sync,
  randomBytes
} from 'node:crypto'
import type { HashAlgorithm } from './hash-algorithm.ts'
import type { Primitives } from './primitives.ts'

const NAMES: Readonly<Record<HashAlgorithm, string>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512'
}

/** OpenSSL, through `node:crypto`. The one-shot `hash` costs half of a `createHash` chain for small inputs. */
export const nodePrimitives: Primitives = {
  hashBytes: (algorithm, bytes) => hash(NAMES[algorithm], bytes, 'buffer'),
  createHasher: (algorithm) => createHash(NAMES[algorithm]),
  createHmacSha256: (key) => createHmac('sha256', key),
  pbkdf2Sha512: (password, salt, iterations) => pbkdf2Sync(password, salt, iterations, 32, 'sha512'),
  createCbcEncryptor: (key, iv) => createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false),
  createCbcDecryptor: (key, iv) => createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false),
  randomBytes: (sizeBytes) => randomBytes(sizeBytes)
}
