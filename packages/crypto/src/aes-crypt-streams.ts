import { assertKnownKeys, type Secret } from '@tercet/interface'
import { createAesCryptDecryptor } from './aes-crypt-decryptor.ts'
import { createAesCryptEncryptor } from './aes-crypt-encryptor.ts'
import { type AesCryptKey, deriveAesCryptKey } from './aes-crypt-key.ts'
import { type AesCryptKeyring, createAesCryptKeyring } from './aes-crypt-keyring.ts'
import type { ByteSink } from './byte-sink.ts'
import { CryptoError } from './crypto-error.ts'
import type { Primitives } from './primitives.ts'

export type ByteChunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

export type EncryptAesCryptOptions = (
  | { readonly key: AesCryptKey; readonly password?: undefined }
  | { readonly key?: undefined; readonly password: Secret | string }
) & {
  /** Version to write with `password`; a `key` has its own. @defaultValue 2 */
  readonly version?: 2 | 3 | undefined
  /** Source of random bytes, for tests. */
  readonly random?: ((sizeBytes: number) => Uint8Array) | undefined
}

export type DecryptAesCryptOptions = (
  | { readonly keyring: AesCryptKeyring; readonly password?: undefined }
  | { readonly keyring?: undefined; readonly password: Secret | string }
) & {
  /** Hold everything in memory and yield nothing before all of it is verified. @defaultValue false */
  readonly verifyFirst?: boolean | undefined
  /** With `verifyFirst`: the most that is held. @defaultValue 256 MiB */
  readonly maxBufferedBytes?: number | undefined
}

const DEFAULT_MAX_BUFFERED_BYTES = 256 * 1024 * 1024

export async function* encryptAesCrypt(
  primitives: Primitives,
  input: ByteChunks,
  options: EncryptAesCryptOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, ['key', 'password', 'version', 'random'], 'encryptAesCrypt')
  const { version, random } = options
  const key = options.key ?? deriveAesCryptKey(primitives, options.password, { version, random })
  const out = queue()
  const encryptor = createAesCryptEncryptor(primitives, key, out, { random })
  for await (const chunk of input) {
    encryptor.write(chunk)
    yield* out.take()
  }
  encryptor.finish()
  yield* out.take()
}

export async function* decryptAesCrypt(
  primitives: Primitives,
  input: ByteChunks,
  options: DecryptAesCryptOptions
): AsyncGenerator<Uint8Array, void, undefined> {
  assertKnownKeys(options, ['keyring', 'password', 'verifyFirst', 'maxBufferedBytes'], 'decryptAesCrypt')
  const keyring = options.keyring ?? createAesCryptKeyring(primitives, options.password)
  const out = queue()
  const decryptor = createAesCryptDecryptor(primitives, keyring, out)
  const most = options.maxBufferedBytes ?? DEFAULT_MAX_BUFFERED_BYTES
  for await (const chunk of input) {
    decryptor.write(chunk)
    if (options.verifyFirst !== true) yield* out.take()
    else if (out.sizeBytes > most) {
      throw new CryptoError('CRYPTO_TOO_LARGE', `More than ${most} bytes would have to be held in memory`, {
        context: { maxBufferedBytes: most }
      })
    }
  }
  decryptor.finish()
  yield* out.take()
}

function queue(): ByteSink & { readonly sizeBytes: number; take(): Uint8Array[] } {
  let chunks: Uint8Array[] = []
  let sizeBytes = 0
  return {
    get sizeBytes() {
      return sizeBytes
    },
    write(bytes) {
      chunks.push(new Uint8Array(bytes))
      sizeBytes += bytes.length
    },
    take() {
      const taken = chunks
      chunks = []
      sizeBytes = 0
      return taken
    }
  }
}
