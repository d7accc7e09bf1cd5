/**
 * OpenPGP messages under a passphrase (RFC 4880), as `gpg --symmetric` reads and writes them. An entry of its own, because
 * the library behind it is large: whoever opens no such message does not load it.
 */
import { assertKnownKeys, revealSecret, type Secret } from '@tercet/interface'
import { createMessage, decrypt, encrypt, enums } from 'openpgp'
import type { ByteChunks } from './aes-crypt-streams.ts'
import { CryptoError } from './crypto-error.ts'
import type { HashAlgorithm } from './hash-algorithm.ts'
import { readPassphraseMessage } from './open-pgp-message.ts'
import { possibleKeys } from './open-pgp-session.ts'
import { chunksOf, guarded, inPieces, streamOf, truncated, unlessStalled } from './open-pgp-streams.ts'
import type { Hasher } from './primitives.ts'
import { StallGuard } from './stall-guard.ts'

export interface OpenPgpOptions {
  readonly passphrase: Secret | string
}

export interface DecryptOpenPgpOptions extends OpenPgpOptions {
  /** Hashes of this platform, for the derivation of the key. @defaultValue plain JavaScript, some times slower */
  readonly createHasher?: ((algorithm: HashAlgorithm) => Hasher) | undefined
}

export interface EncryptOpenPgpOptions extends OpenPgpOptions {
  /** Text instead of bytes, a third longer. @defaultValue false */
  readonly armor?: boolean | undefined
}

const KEYS = ['passphrase']

/**
 * Encrypts a stream with AES-256 and the integrity code that every version of GnuPG checks, in memory bounded by a few
 * chunks. It is not compressed, because volumes are.
 *
 * @throws CryptoError `CRYPTO_NO_PASSPHRASE`
 */
export async function* encryptOpenPgp(
  input: ByteChunks,
  options: EncryptOpenPgpOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, [...KEYS, 'armor'], 'encryptOpenPgp')
  const passwords = passphraseOf(options)
  const message = await createMessage({ binary: streamOf(inPieces(input)), format: 'binary' })
  const config = {
    aeadProtect: false,
    preferredSymmetricAlgorithm: enums.symmetric.aes256,
    preferredCompressionAlgorithm: enums.compression.uncompressed
  }
  if (options.armor !== true) {
    yield* chunksOf(await encrypt({ message, passwords, format: 'binary', config }))
    return
  }
  const text = new TextEncoder()
  for await (const part of chunksOf(await encrypt({ message, passwords, format: 'armored', config })))
    yield text.encode(part)
}

/**
 * Decrypts a stream, binary or armoured, in memory bounded by a few chunks. The iteration ends without an error only
 * after the whole message was verified; what was yielded before is not authenticated, so keep it apart until then.
 *
 * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_NO_KEY`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`,
 * `CRYPTO_NOT_OPENPGP`, `CRYPTO_NO_PASSPHRASE`, `CRYPTO_UNSUPPORTED_CIPHER`, `CRYPTO_UNAUTHENTICATED`, `CRYPTO_TOO_LARGE`
 */
export async function* decryptOpenPgp(
  input: ByteChunks,
  options: DecryptOpenPgpOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, [...KEYS, 'createHasher'], 'decryptOpenPgp')
  const passphrase = passphraseOf(options)
  using guard = new StallGuard()
  const message = await readPassphraseMessage(guarded(inPieces(input), guard), guard, options.createHasher)
  let seen = false
  try {
    // An unauthenticated stream, or all of it would be held until its end.
    const config = { allowUnauthenticatedStream: true }
    const keys = await unlessStalled(possibleKeys(message, passphrase), guard)
    const { data } = await unlessStalled(decrypt({ message, ...keys, format: 'binary', config }), guard)
    for await (const chunk of chunksOf(data, guard)) {
      if (chunk.length === 0) continue
      seen = true
      yield chunk
    }
  } catch (error) {
    throw decryptionError(error, seen)
  }
}

function passphraseOf({ passphrase }: OpenPgpOptions): string {
  const text = revealSecret(passphrase)
  if (text === '') throw new CryptoError('CRYPTO_NO_PASSPHRASE', 'The passphrase is empty')
  return text
}

function decryptionError(cause: unknown, seen: boolean): Error {
  if (cause instanceof CryptoError) return cause
  const reason = cause instanceof Error ? cause.message : String(cause)
  if (/unexpected end|premature|truncated/i.test(reason)) return truncated(cause)
  // Without the right key nothing that can be understood comes out.
  if (!seen) {
    return new CryptoError('CRYPTO_WRONG_PASSPHRASE', 'The passphrase does not open this file', { cause })
  }
  return new CryptoError(
    'CRYPTO_CORRUPT',
    'The encrypted content was altered or damaged: its integrity code does not agree',
    { cause }
  )
}
