/** What both entries share: everything that needs no primitives. */
export type { AesCryptDecryptor } from './aes-crypt-decryptor.ts'
export type { AesCryptEncryptor, AesCryptEncryptorOptions } from './aes-crypt-encryptor.ts'
export {
  type AesCryptKey,
  type AesCryptKeyData,
  type DeriveAesCryptKeyOptions,
  exportAesCryptKey,
  importAesCryptKey
} from './aes-crypt-key.ts'
export {
  type AesCryptKeyring,
  type AesCryptKeyringOptions,
  createOpenPgpKeyring
} from './aes-crypt-keyring.ts'
export type { ByteChunks, DecryptAesCryptOptions, EncryptAesCryptOptions } from './aes-crypt-streams.ts'
export {
  base64Length,
  decodeBase64Into,
  decodeUrlBase64Into,
  encodeBase64Into,
  encodeUrlBase64Into,
  fromBase64,
  fromUrlBase64,
  toBase64,
  toUrlBase64
} from './base64.ts'
export {
  type ByteSink,
  type CollectingSink,
  type CountingSink,
  collectSink,
  hashingSink
} from './byte-sink.ts'
export { CryptoError, type CryptoErrorCode } from './crypto-error.ts'
export type { CryptoFunctions } from './crypto-functions.ts'
export { equalBytes } from './equal-bytes.ts'
export { HASH_ALGORITHMS, type HashAlgorithm, hashSizeBytes, isHashAlgorithm } from './hash-algorithm.ts'
export type { OpenAesCryptOptions } from './open-aes-crypt.ts'
export type { OpenPgpDecryptor, OpenPgpEncryptor } from './open-pgp-cipher.ts'
export type { CbcCiphers, CbcTransform, Hasher } from './primitives.ts'
export { assertRange, bytesAccess, piecesOf, type RandomAccess } from './random-access.ts'
