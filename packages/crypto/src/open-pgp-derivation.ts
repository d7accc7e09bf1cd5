import { md5, ripemd160, sha1 } from '@noble/hashes/legacy.js'
import { sha224, sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { HashAlgorithm } from './hash-algorithm.ts'
import type { Hasher } from './primitives.ts'

/** How a key is made of a passphrase (RFC 4880, section 3.7.1), as far as the `openpgp` library shows it. */
export interface StringToKey {
  readonly type: string
  /** The hash, by its number (section 9.4). */
  readonly algorithm: number
  readonly salt?: Uint8Array
  /** Octets to be hashed; of `iterated` alone. */
  getCount?(): number
  produceKey(passphrase: string, keyBytes: number): Promise<Uint8Array>
}

/** Hashes of the platform, which are faster; undefined: plain JavaScript. */
export type CreateHasher = ((algorithm: HashAlgorithm) => Hasher) | undefined

const NAMES: Readonly<Record<number, HashAlgorithm>> = {
  1: 'MD5',
  2: 'SHA1',
  8: 'SHA256',
  9: 'SHA384',
  10: 'SHA512'
}
const PORTABLE: Readonly<Record<number, { create(): Hasher }>> = {
  1: md5,
  2: sha1,
  3: ripemd160,
  8: sha256,
  9: sha384,
  10: sha512,
  11: sha224
}

/** About this much is hashed at once. */
const STEP_BYTES = 65_536

/**
 * Makes the library derive keys in steps. By itself it lays out all that is hashed, 62 MiB at the most for each key and
 * twice that for long keys, and a message of two hundred bytes may have several keys.
 */
export function deriveInSteps(key: StringToKey, createHasher: CreateHasher): void {
  if (!(key.algorithm in PORTABLE) || !/^(?:simple|salted|iterated)$/.test(key.type)) return
  key.produceKey = async (passphrase, keyBytes) =>
    derive(key, new TextEncoder().encode(passphrase), keyBytes, createHasher)
}

function derive(
  key: StringToKey,
  passphrase: Uint8Array,
  keyBytes: number,
  createHasher: CreateHasher
): Uint8Array {
  const salt = key.type === 'simple' ? new Uint8Array() : (key.salt ?? new Uint8Array())
  const once = new Uint8Array(salt.length + passphrase.length)
  once.set(salt)
  once.set(passphrase, salt.length)
  const count = Math.max(once.length, key.type === 'iterated' ? (key.getCount?.() ?? 0) : 0)
  const step = repeated(once, Math.ceil(Math.min(count, STEP_BYTES) / once.length))
  const result: number[] = []
  // Hashes shorter than the key follow one another, each with one more zero in front.
  for (let zeros = 0; result.length < keyBytes; zeros++) {
    const hasher = hasherOf(key.algorithm, createHasher)
    hasher.update(new Uint8Array(zeros))
    for (let at = 0; at < count; at += step.length) hasher.update(step.subarray(0, count - at))
    result.push(...hasher.digest())
  }
  return Uint8Array.from(result.slice(0, keyBytes))
}

function hasherOf(algorithm: number, createHasher: CreateHasher): Hasher {
  const name = NAMES[algorithm]
  return createHasher !== undefined && name !== undefined ? createHasher(name) : PORTABLE[algorithm]!.create()
}

function repeated(bytes: Uint8Array, times: number): Uint8Array {
  const all = new Uint8Array(bytes.length * times)
  for (let i = 0; i < times; i++) all.set(bytes, i * bytes.length)
  return all
}
