import { TercetError } from '@tercet/interface'

/**
 * - `CRYPTO_NO_PASSPHRASE` something is encrypted and no passphrase was given, or an empty one is to encrypt with
 * - `CRYPTO_WRONG_PASSPHRASE` the passphrase does not open the file (or the header of the file was altered)
 * - `CRYPTO_CORRUPT` the content was altered: its HMAC, its padding or the structure of its header is wrong
 * - `CRYPTO_TRUNCATED` the file ends too early, or bytes follow where none may
 * - `CRYPTO_NOT_AESCRYPT` the file does not begin like an AES Crypt file
 * - `CRYPTO_NOT_OPENPGP` the file is no OpenPGP message
 * - `CRYPTO_NO_KEY` the file is encrypted for keys that are not to be had here
 * - `CRYPTO_UNSUPPORTED_CIPHER` an OpenPGP message is encrypted with a cipher that only the gpg program may know
 * - `CRYPTO_UNAUTHENTICATED` an OpenPGP message has no integrity code, so that nothing shows whether it was altered
 * - `CRYPTO_PROGRAM_FAILED` the gpg program cannot be run, or ended with a failure that says no more
 * - `CRYPTO_UNSUPPORTED_VERSION` a version of AES Crypt that does not exist or cannot be written
 * - `CRYPTO_TOO_LARGE` more bytes than the caller allowed to be held in memory
 * - `CRYPTO_INVALID_BASE64` text that is not the one canonical Base64 spelling of some bytes
 */
export type CryptoErrorCode =
  | 'CRYPTO_NO_PASSPHRASE'
  | 'CRYPTO_WRONG_PASSPHRASE'
  | 'CRYPTO_CORRUPT'
  | 'CRYPTO_TRUNCATED'
  | 'CRYPTO_NOT_AESCRYPT'
  | 'CRYPTO_NOT_OPENPGP'
  | 'CRYPTO_NO_KEY'
  | 'CRYPTO_UNSUPPORTED_CIPHER'
  | 'CRYPTO_UNAUTHENTICATED'
  | 'CRYPTO_PROGRAM_FAILED'
  | 'CRYPTO_UNSUPPORTED_VERSION'
  | 'CRYPTO_TOO_LARGE'
  | 'CRYPTO_INVALID_BASE64'

/** A failure to encrypt, decrypt or decode. Holds no passphrase, key or plaintext. */
export class CryptoError extends TercetError<CryptoErrorCode> {}
