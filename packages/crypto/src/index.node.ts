import { bindCrypto } from './crypto-functions.ts'
import { nodePrimitives } from './node-primitives.ts'

export * from './common.ts'
export { type FileAccess, fileAccess, fileSink, openFileAccess } from './file-access.ts'
export { createGpgProgram, type GpgProgramOptions } from './gpg-program.ts'
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
} = /* @__PURE__ */ bindCrypto(nodePrimitives)
