import { cbc } from '@noble/ciphers/aes.js'
import { hmac } from '@noble/hashes/hmac.js'
import { md5, sha1 } from '@noble/hashes/legacy.js'
import { pbkdf2 } from '@noble/hashes/pbkdf2.js'
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { Primitives } from './primitives.ts'

const HASHES = { MD5: md5, SHA1: sha1, SHA256: sha256, SHA384: sha384, SHA512: sha512 }

/** `getRandomValues` fills at most this much in one call. */
const RANDOM_QUOTA_BYTES = 65_536

/** Runs in any JavaScript engine. WebCrypto serves for random numbers only: everything else in it is asynchronous. */
export const portablePrimitives: Primitives = {
  hashBytes: (algorithm, bytes) => HASHES[algorithm](bytes),
  createHasher: (algorithm) => HASHES[algorithm].create(),
  createHmacSha256: (key) => hmac.create(sha256, key),
  pbkdf2Sha512: (password, salt, iterations) => pbkdf2(sha512, password, salt, { c: iterations, dkLen: 32 }),

  createCbcEncryptor(key, iv) {
    let previous = new Uint8Array(iv)
    return {
      update(bytes) {
        if (bytes.length === 0) return bytes
        const encrypted = cbc(key, previous, { disablePadding: true }).encrypt(bytes)
        previous = new Uint8Array(encrypted.subarray(-16))
        return encrypted
      },
      restart(next) {
        previous = new Uint8Array(next)
      }
    }
  },

  createCbcDecryptor(key, iv) {
    let previous = new Uint8Array(iv)
    return {
      update(bytes) {
        if (bytes.length === 0) return bytes
        const plain = cbc(key, previous, { disablePadding: true }).decrypt(bytes)
        previous = new Uint8Array(bytes.subarray(-16))
        return plain
      },
      restart(next) {
        previous = new Uint8Array(next)
      }
    }
  },

  randomBytes(sizeBytes) {
    const bytes = new Uint8Array(sizeBytes)
    for (let at = 0; at < sizeBytes; at += RANDOM_QUOTA_BYTES) {
      globalThis.crypto.getRandomValues(bytes.subarray(at, at + RANDOM_QUOTA_BYTES))
    }
    return bytes
  }
}
