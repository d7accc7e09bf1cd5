import {
  type Cipheriv,
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  type Decipheriv,
  type Hash,
  type Hmac,
  hash,
  pbkdf2Sync,
  randomBytes
} from 'node:crypto'
import type { HashAlgorithm } from './hash-algorithm.ts'
import type { CbcTransform, Hasher, Primitives } from './primitives.ts'

const NAMES: Readonly<Record<HashAlgorithm, string>> = {
  MD5: 'md5',
  SHA1: 'sha1',
  SHA256: 'sha256',
  SHA384: 'sha384',
  SHA512: 'sha512'
}

/** OpenSSL, through `node:crypto`. The one-shot `hash` costs half of a `createHash` chain for small inputs. */
export const nodePrimitives: Primitives = {
  hashBytes: (algorithm, bytes) => bytesOf(hash(NAMES[algorithm], bytes, 'binary')),
  createHasher: (algorithm) => hasher(createHash(NAMES[algorithm])),
  createHmacSha256: (key) => hasher(createHmac('sha256', key)),
  pbkdf2Sha512: (password, salt, iterations) => plain(pbkdf2Sync(password, salt, iterations, 32, 'sha512')),
  createCbcEncryptor: (key, iv) => transform((from) => createCipheriv('aes-256-cbc', key, from), iv),
  createCbcDecryptor: (key, iv) => transform((from) => createDecipheriv('aes-256-cbc', key, from), iv),
  randomBytes: (sizeBytes) => plain(randomBytes(sizeBytes))
}

/** A digest as text of one character a byte: memory outside of the heap for a `Buffer` costs three times the hashing. */
function bytesOf(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length)
  for (let at = 0; at < bytes.length; at++) bytes[at] = binary.charCodeAt(at)
  return bytes
}

/** A `Buffer` is a `Uint8Array` whose `slice` makes no copy; nobody outside should have to know. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength)
}

function hasher(native: Hash | Hmac): Hasher {
  return {
    update(bytes) {
      native.update(bytes)
    },
    digest: () => plain(native.digest())
  }
}

function transform(create: (iv: Uint8Array) => Cipheriv | Decipheriv, iv: Uint8Array): CbcTransform {
  let cipher = create(iv).setAutoPadding(false)
  return {
    update: (bytes) => plain(cipher.update(bytes)),
    restart(next) {
      cipher = create(next).setAutoPadding(false)
    }
  }
}
