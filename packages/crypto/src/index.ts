import { bindCrypto } from './crypto-functions.ts'
import { portablePrimitives } from './portable-primitives.ts'

export * from './common.ts'
export const {
  hashBytes,
  createHasher,
  createHmacSha256,
  hashAccess,
  randomBytes,
  deriveAesCryptKey,
  createAesCryptKeyring,
  createAesCryptEncryptor,
  createAesCryptDecryptor,
  encryptAesCrypt,
  decryptAesCrypt,
  openAesCrypt
} = /* @__PURE__ */ bindCrypto(portablePrimitives)
