import type { Secret } from '@tercet/interface'
import { type AesCryptDecryptor, createAesCryptDecryptor } from './aes-crypt-decryptor.ts'
import {
  type AesCryptEncryptor,
  type AesCryptEncryptorOptions,
  createAesCryptEncryptor
} from './aes-crypt-encryptor.ts'
import { type AesCryptKey, type DeriveAesCryptKeyOptions, deriveAesCryptKey } from './aes-crypt-key.ts'
import {
  type AesCryptKeyring,
  type AesCryptKeyringOptions,
  createAesCryptKeyring
} from './aes-crypt-keyring.ts'
import {
  type ByteChunks,
  type DecryptAesCryptOptions,
  decryptAesCrypt,
  type EncryptAesCryptOptions,
  encryptAesCrypt
} from './aes-crypt-streams.ts'
import type { ByteSink } from './byte-sink.ts'
import type { HashAlgorithm } from './hash-algorithm.ts'
import { type OpenAesCryptOptions, openAesCrypt } from './open-aes-crypt.ts'
import type { Hasher, Primitives } from './primitives.ts'
import { piecesOf, type RandomAccess } from './random-access.ts'

/** Everything in this package that depends on the platform: the same functions over different primitives. */
export interface CryptoFunctions {
  /** Hash of bytes in one call. */
  hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array
  /** Hash of bytes that arrive in pieces. */
  createHasher(algorithm: HashAlgorithm): Hasher
  createHmacSha256(key: Uint8Array): Hasher
  /** Hash of everything in `access`, in constant memory. */
  hashAccess(access: RandomAccess, algorithm: HashAlgorithm): Uint8Array
  /** Bytes from the system's cryptographic generator. */
  randomBytes(sizeBytes: number): Uint8Array
  /**
   * Derives what encrypts files, once for a whole run: about 10 ms in version 2, 150 ms in version 3 (with native
   * primitives). See {@link AesCryptKey} for why it may be reused.
   *
   * @throws CryptoError `CRYPTO_NO_PASSPHRASE`, `CRYPTO_UNSUPPORTED_VERSION`
   */
  deriveAesCryptKey(password: Secret | string, options?: DeriveAesCryptKeyOptions): AesCryptKey
  /** @throws CryptoError `CRYPTO_NO_PASSPHRASE` */
  createAesCryptKeyring(password: Secret | string, options?: AesCryptKeyringOptions): AesCryptKeyring
  /** Writes the header to `out` at once and encrypts what is written to the result. Synchronous, constant memory. */
  createAesCryptEncryptor(
    key: AesCryptKey,
    out: ByteSink,
    options?: AesCryptEncryptorOptions
  ): AesCryptEncryptor
  /**
   * Decrypts versions 0 to 3 as the bytes arrive; `write` throws `CRYPTO_NOT_AESCRYPT`, `CRYPTO_UNSUPPORTED_VERSION`,
   * `CRYPTO_CORRUPT` or `CRYPTO_WRONG_PASSPHRASE` when the header is complete.
   */
  createAesCryptDecryptor(keyring: AesCryptKeyring, out: ByteSink): AesCryptDecryptor
  /** Encrypts a stream. Takes no more input than is asked for. */
  encryptAesCrypt(
    input: ByteChunks,
    options: EncryptAesCryptOptions
  ): AsyncGenerator<Uint8Array, void, undefined>
  /**
   * Decrypts a stream in constant memory. The last chunk comes, and the iteration ends without an error, only after
   * the whole file was verified; what was yielded before is not authenticated, so keep it apart until then. With
   * `verifyFirst` nothing is yielded before, at the price of holding all of it in memory.
   *
   * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`, `CRYPTO_NOT_AESCRYPT`,
   * `CRYPTO_UNSUPPORTED_VERSION`, `CRYPTO_TOO_LARGE`
   */
  decryptAesCrypt(
    input: ByteChunks,
    options: DecryptAesCryptOptions
  ): AsyncGenerator<Uint8Array, void, undefined>
  /**
   * Verifies a whole file (structure, passphrase, then the HMAC over all of the ciphertext, in one pass and in constant
   * memory) and returns its plaintext, of which any range is decrypted when it is read.
   *
   * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`, `CRYPTO_NOT_AESCRYPT`,
   * `CRYPTO_UNSUPPORTED_VERSION`
   */
  openAesCrypt(source: RandomAccess, keyring: AesCryptKeyring, options?: OpenAesCryptOptions): RandomAccess
}

export function bindCrypto(primitives: Primitives): CryptoFunctions {
  return {
    hashBytes: primitives.hashBytes,
    createHasher: primitives.createHasher,
    createHmacSha256: primitives.createHmacSha256,
    randomBytes: primitives.randomBytes,
    hashAccess(access, algorithm) {
      const hasher = primitives.createHasher(algorithm)
      for (const piece of piecesOf(access, 0, access.size)) hasher.update(piece)
      return hasher.digest()
    },
    deriveAesCryptKey: (password, options) => deriveAesCryptKey(primitives, password, options),
    createAesCryptKeyring: (password, options) => createAesCryptKeyring(primitives, password, options),
    createAesCryptEncryptor: (key, out, options) => createAesCryptEncryptor(primitives, key, out, options),
    createAesCryptDecryptor: (keyring, out) => createAesCryptDecryptor(primitives, keyring, out),
    encryptAesCrypt: (input, options) => encryptAesCrypt(primitives, input, options),
    decryptAesCrypt: (input, options) => decryptAesCrypt(primitives, input, options),
    openAesCrypt: (source, keyring, options) => openAesCrypt(primitives, source, keyring, options)
  }
}
