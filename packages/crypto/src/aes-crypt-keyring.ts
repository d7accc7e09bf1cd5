import { assertKnownKeys, revealSecret, type Secret } from '@tercet/interface'
import { type AesCryptHeader, MAX_ITERATIONS } from './aes-crypt-format.ts'
import { type AesCryptKey, deriveHeaderKey } from './aes-crypt-key.ts'
import type { ByteChunks } from './aes-crypt-streams.ts'
import { CryptoError } from './crypto-error.ts'
import { equalBytes } from './equal-bytes.ts'
import type { OpenPgpDecryptor } from './open-pgp-cipher.ts'
import type { Hasher, Primitives } from './primitives.ts'

/** A destination that another program wrote has a public IV for each volume; this many derived keys are kept. */
const KEPT_KEYS = 4096

/** Opens files that were encrypted with one password. Prints as nothing but an empty object. */
export interface AesCryptKeyring {
  /** @internal Keys are derived once for each (version, public IV, iterations). */
  headerKey(header: Pick<AesCryptHeader, 'version' | 'publicIv' | 'iterations'>): Uint8Array
  /** Decrypts an OpenPGP message, as {@link OpenPgpDecryptor} does; undefined: such volumes cannot be opened. */
  decryptOpenPgp?(input: ByteChunks): AsyncIterable<Uint8Array>
}

export interface AesCryptKeyringOptions {
  /** Keys that were derived before, so that files written with them open without another derivation. */
  readonly keys?: readonly AesCryptKey[] | undefined
  /** Opens OpenPGP messages. @defaultValue the library for it, with the password; it is loaded when it is needed */
  readonly openPgp?: OpenPgpDecryptor | undefined
  /**
   * Iterations of key derivation that a file of version 3 may ask for: a million take about a second.
   *
   * @defaultValue 5 000 000, the most that the format allows
   */
  readonly maxIterations?: number | undefined
}

export function createAesCryptKeyring(
  primitives: Primitives,
  password: Secret | string,
  options: AesCryptKeyringOptions = {}
): AesCryptKeyring {
  assertKnownKeys(options, ['keys', 'openPgp', 'maxIterations'], 'createAesCryptKeyring')
  const maxIterations = options.maxIterations ?? MAX_ITERATIONS
  const text = revealSecret(password)
  if (text === '') throw new CryptoError('CRYPTO_NO_PASSPHRASE', 'The passphrase is empty')
  const kept = new Map<string, Uint8Array>()
  for (const key of options.keys ?? []) kept.set(nameOf(key), key.reveal())
  return {
    async *decryptOpenPgp(input) {
      if (options.openPgp !== undefined) yield* options.openPgp.decrypt(input)
      else
        yield* (await import('./open-pgp.ts')).decryptOpenPgp(input, {
          passphrase: text,
          createHasher: primitives.createHasher
        })
    },
    headerKey(header) {
      const name = nameOf(header)
      let key = kept.get(name)
      if (key === undefined) {
        if ((header.iterations ?? 0) > maxIterations)
          throw tooManyIterations(header.iterations!, maxIterations)
        key = deriveHeaderKey(primitives, text, header.version, header.publicIv, header.iterations)
        const oldest = kept.size >= KEPT_KEYS ? kept.keys().next().value : undefined
        if (oldest !== undefined) kept.delete(oldest)
        kept.set(name, key)
      }
      return key
    }
  }
}

/** Opens what has no passphrase but a key that somebody else looks after. AES Crypt files stay closed. */
export function createOpenPgpKeyring(openPgp: OpenPgpDecryptor): AesCryptKeyring {
  return {
    headerKey() {
      throw new CryptoError(
        'CRYPTO_NO_PASSPHRASE',
        'The file is encrypted with a passphrase and none was given'
      )
    },
    decryptOpenPgp: (input) => openPgp.decrypt(input)
  }
}

function tooManyIterations(iterations: number, most: number): CryptoError {
  return new CryptoError(
    'CRYPTO_TOO_LARGE',
    `The file asks for ${iterations} iterations of key derivation; at most ${most} are allowed here`,
    { context: { iterations, maxIterations: most } }
  )
}

/** Versions 0 to 2 derive alike, so they share their keys. */
function nameOf(key: Pick<AesCryptHeader, 'version' | 'publicIv' | 'iterations'>): string {
  return `${key.version === 3 ? key.iterations : 'legacy'} ${key.publicIv.join()}`
}

/** What opens the content of one file. */
export interface Session {
  readonly key: Uint8Array
  readonly iv: Uint8Array
}

/**
 * Derives the header key, checks HMAC-1 and decrypts the session data.
 *
 * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE` when HMAC-1 does not agree
 */
export function openSession(
  primitives: Primitives,
  header: AesCryptHeader,
  keyring: AesCryptKeyring
): Session {
  const headerKey = keyring.headerKey(header)
  if (header.session === undefined) return { key: headerKey, iv: header.publicIv }
  const { encrypted, hmac } = header.session
  if (!equalBytes(sessionHmac(primitives, headerKey, encrypted, header.version), hmac)) {
    throw new CryptoError('CRYPTO_WRONG_PASSPHRASE', 'The passphrase does not open this file')
  }
  const plain = primitives.createCbcDecryptor(headerKey, header.publicIv).update(encrypted)
  return { iv: plain.slice(0, 16), key: plain.slice(16) }
}

/** HMAC-1; version 3 covers its own number as well. */
export function sessionHmac(
  primitives: Primitives,
  headerKey: Uint8Array,
  encrypted: Uint8Array,
  version: number
): Uint8Array {
  const hmac = primitives.createHmacSha256(headerKey)
  hmac.update(encrypted)
  if (version === 3) hmac.update(Uint8Array.of(3))
  return hmac.digest()
}

/** @throws CryptoError `CRYPTO_CORRUPT` unless the running HMAC-2 ends in `expected` */
export function assertContentHmac(hmac: Hasher, expected: Uint8Array): void {
  if (equalBytes(hmac.digest(), expected)) return
  throw new CryptoError(
    'CRYPTO_CORRUPT',
    'The encrypted content was altered or damaged: its HMAC does not agree'
  )
}
