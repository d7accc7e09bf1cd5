import type { ByteChunks } from './aes-crypt-streams.ts'

/**
 * Opens OpenPGP messages. What comes out is not authenticated before the end of the stream, which fails for a message
 * that was altered: keep it apart until then.
 */
export interface OpenPgpDecryptor {
  /**
   * @throws CryptoError `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_NO_KEY`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`,
   * `CRYPTO_NOT_OPENPGP`, `CRYPTO_PROGRAM_FAILED`
   */
  decrypt(input: ByteChunks): AsyncIterable<Uint8Array>
}

/** Makes OpenPGP messages. */
export interface OpenPgpEncryptor {
  /** @throws CryptoError `CRYPTO_PROGRAM_FAILED` */
  encrypt(input: ByteChunks): AsyncIterable<Uint8Array>
}
