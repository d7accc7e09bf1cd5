/**
 * The AES Crypt container (format section 9.1; published as the AES Crypt stream format). All numbers are big-endian.
 *
 * | Part                            | v0 | v1 | v2  | v3  |
 * |---------------------------------|---:|---:|----:|----:|
 * | `AES`, version, one more octet  |  5 |  5 |  5  |  5  |
 * | extensions, ended by `00 00`    |    |    | yes | yes |
 * | iterations of the key derivation|    |    |     |  4  |
 * | public IV                       | 16 | 16 | 16  | 16  |
 * | session IV and key, encrypted   |    | 48 | 48  | 48  |
 * | HMAC-1                          |    | 32 | 32  | 32  |
 * | ciphertext, a multiple of 16    |  n |  n |  n  |  n  |
 * | plaintext length mod 16         |    |  1 |  1  |     |
 * | HMAC-2                          | 32 | 32 | 32  | 32  |
 */
import { CryptoError } from './crypto-error.ts'

export type AesCryptVersion = 0 | 1 | 2 | 3

export const BLOCK_BYTES = 16
export const HMAC_BYTES = 32
export const MAX_ITERATIONS = 5_000_000
const SESSION_BYTES = 48

export interface AesCryptHeader {
  readonly version: AesCryptVersion
  /** v0 keeps the plaintext length mod 16 here; undefined: it follows the ciphertext, or there is padding instead. */
  readonly modulo: number | undefined
  /** Rounds of PBKDF2 (v3); undefined: the fixed derivation of the older versions. */
  readonly iterations: number | undefined
  readonly publicIv: Uint8Array
  /** Encrypted session data and HMAC-1; absent in v0, where header key and public IV serve directly. */
  readonly session: { readonly encrypted: Uint8Array; readonly hmac: Uint8Array } | undefined
}

/** Octets between the ciphertext and the end of the file. */
export function trailerBytes(version: AesCryptVersion): number {
  return version === 1 || version === 2 ? 1 + HMAC_BYTES : HMAC_BYTES
}

export function encodeHeader(
  version: 2 | 3,
  iterations: number | undefined,
  publicIv: Uint8Array,
  encryptedSession: Uint8Array,
  hmac: Uint8Array
): Uint8Array {
  const start = 7 + (version === 3 ? 4 : 0)
  const header = new Uint8Array(start + BLOCK_BYTES + SESSION_BYTES + HMAC_BYTES)
  header.set([0x41, 0x45, 0x53, version])
  if (version === 3) new DataView(header.buffer).setUint32(7, iterations ?? 0)
  header.set(publicIv, start)
  header.set(encryptedSession, start + BLOCK_BYTES)
  header.set(hmac, start + BLOCK_BYTES + SESSION_BYTES)
  return header
}

/**
 * Reads a header: yields how many bytes come next and is sent exactly these, so that the one parser serves files and
 * streams. Extensions are skipped, whatever their number; they are not authenticated.
 *
 * @throws CryptoError `CRYPTO_NOT_AESCRYPT`, `CRYPTO_UNSUPPORTED_VERSION`, `CRYPTO_CORRUPT`
 */
export function* readHeader(): Generator<number, AesCryptHeader, Uint8Array> {
  const start = new Uint8Array(yield 5)
  if (start[0] !== 0x41 || start[1] !== 0x45 || start[2] !== 0x53) {
    throw new CryptoError('CRYPTO_NOT_AESCRYPT', 'The file does not begin like an AES Crypt file')
  }
  const version = start[3]!
  if (version !== 0 && version !== 1 && version !== 2 && version !== 3) {
    throw new CryptoError('CRYPTO_UNSUPPORTED_VERSION', `AES Crypt version ${version} is not known`, {
      context: { version }
    })
  }
  if (version > 0 && start[4] !== 0) throw corruptHeader('its reserved octet is not zero')
  if (version >= 2) yield* skipExtensions()
  let iterations: number | undefined
  if (version === 3) {
    const octets = yield 4
    iterations = ((octets[0]! << 24) | (octets[1]! << 16) | (octets[2]! << 8) | octets[3]!) >>> 0
    if (iterations < 1 || iterations > MAX_ITERATIONS) {
      throw corruptHeader(`${iterations} iterations are not within 1 to ${MAX_ITERATIONS}`)
    }
  }
  const publicIv = new Uint8Array(yield BLOCK_BYTES)
  if (version === 0) return { version, modulo: start[4]! & 15, iterations, publicIv, session: undefined }
  const encrypted = new Uint8Array(yield SESSION_BYTES)
  const hmac = new Uint8Array(yield HMAC_BYTES)
  return { version, modulo: undefined, iterations, publicIv, session: { encrypted, hmac } }
}

function* skipExtensions(): Generator<number, void, Uint8Array> {
  for (;;) {
    const octets = yield 2
    const length = (octets[0]! << 8) | octets[1]!
    if (length === 0) return
    if (!(yield length).includes(0)) throw corruptHeader('an extension has no end of its identifier')
  }
}

function corruptHeader(why: string): CryptoError {
  return new CryptoError('CRYPTO_CORRUPT', `The header of the AES Crypt file is damaged: ${why}`)
}

/** @throws CryptoError `CRYPTO_TRUNCATED` unless `length` octets can be the whole ciphertext */
export function assertCiphertextLength(length: number, version: AesCryptVersion): void {
  if (length >= (version === 3 ? BLOCK_BYTES : 0) && length % BLOCK_BYTES === 0) return
  throw truncated()
}

export function truncated(): CryptoError {
  return new CryptoError('CRYPTO_TRUNCATED', 'The AES Crypt file is cut off, or bytes were added to its end')
}

/**
 * How many octets of the last plaintext block are content. Up to v2 the modulo octet decides and the values of the
 * padding are not looked at, because other writers use other values; v3 has PKCS#7 padding, which is verified.
 *
 * @param lastBlock undefined when there is no ciphertext at all
 * @throws CryptoError `CRYPTO_CORRUPT`
 */
export function contentOfLastBlock(
  lastBlock: Uint8Array | undefined,
  version: AesCryptVersion,
  modulo: number
): number {
  if (version < 3) {
    if (modulo >= BLOCK_BYTES || (lastBlock === undefined && modulo !== 0)) throw corruptPadding()
    return lastBlock === undefined ? 0 : modulo === 0 ? BLOCK_BYTES : modulo
  }
  const padding = lastBlock?.[BLOCK_BYTES - 1] ?? 0
  if (padding < 1 || padding > BLOCK_BYTES) throw corruptPadding()
  for (let i = BLOCK_BYTES - padding; i < BLOCK_BYTES; i++) {
    if (lastBlock?.[i] !== padding) throw corruptPadding()
  }
  return BLOCK_BYTES - padding
}

function corruptPadding(): CryptoError {
  return new CryptoError('CRYPTO_CORRUPT', 'The end of the AES Crypt file is damaged: its padding is wrong')
}
