import { assertKnownKeys, revealSecret, type Secret } from '@tercet/interface'
import { type AesCryptVersion, BLOCK_BYTES, MAX_ITERATIONS } from './aes-crypt-format.ts'
import { CryptoError } from './crypto-error.ts'
import type { Primitives } from './primitives.ts'

/** Rounds that versions 0 to 2 prescribe. */
const LEGACY_ROUNDS = 8192
/** Rounds of PBKDF2 that the AES Crypt tools use by default in version 3. */
const DEFAULT_ITERATIONS = 300_000

const inspect = Symbol.for('nodejs.util.inspect.custom')

/** What makes an {@link AesCryptKey}, as plain data that can be sent to a worker thread. Secret: never log or store it. */
export interface AesCryptKeyData {
  readonly version: 2 | 3
  readonly publicIv: Uint8Array
  readonly iterations: number | undefined
  readonly headerKey: Uint8Array
}

/**
 * A password together with one public IV, ready to encrypt: the slow derivation is done. One key serves for all files
 * of a run. That is sound because the key derived from the password encrypts nothing but the 48 octets of session IV
 * and session key, which are fresh random numbers in each file: their first block, the session IV, makes the whole of
 * that short CBC message random, so equal public IVs let nobody relate two files. The content itself is encrypted under
 * the session key. A salt has to differ between passwords and users, not between files under one password.
 *
 * It prints as `[secret]`.
 */
export class AesCryptKey {
  readonly version: 2 | 3
  readonly publicIv: Uint8Array
  /** Rounds of PBKDF2 (version 3). */
  readonly iterations: number | undefined
  readonly #headerKey: Uint8Array

  constructor(data: AesCryptKeyData) {
    this.version = data.version
    this.publicIv = data.publicIv
    this.iterations = data.iterations
    this.#headerKey = data.headerKey
  }

  /** The key derived from the password. Never put it into an error, an event or a log line. */
  reveal(): Uint8Array {
    return this.#headerKey
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect](): string {
    return '[secret]'
  }
}

/** Plain data for `postMessage`; {@link importAesCryptKey} on the other side makes the key again. Secret. */
export function exportAesCryptKey(key: AesCryptKey): AesCryptKeyData {
  return { version: key.version, publicIv: key.publicIv, iterations: key.iterations, headerKey: key.reveal() }
}

export function importAesCryptKey(data: AesCryptKeyData): AesCryptKey {
  return new AesCryptKey(data)
}

export interface DeriveAesCryptKeyOptions {
  /** Duplicati writes 2 by default. @defaultValue 2 */
  readonly version?: 2 | 3 | undefined
  /** 16 bytes. @defaultValue random */
  readonly publicIv?: Uint8Array | undefined
  /** Rounds of PBKDF2, version 3 only. @defaultValue 300000 */
  readonly iterations?: number | undefined
  /** Source of random bytes, for tests. */
  readonly random?: ((sizeBytes: number) => Uint8Array) | undefined
}

export function deriveAesCryptKey(
  primitives: Primitives,
  password: Secret | string,
  options: DeriveAesCryptKeyOptions = {}
): AesCryptKey {
  assertKnownKeys(options, ['version', 'publicIv', 'iterations', 'random'], 'deriveAesCryptKey')
  const { version = 2, random = primitives.randomBytes } = options
  if (version !== 2 && version !== 3) {
    throw new CryptoError(
      'CRYPTO_UNSUPPORTED_VERSION',
      `AES Crypt version ${version} cannot be written: use 2 or 3`
    )
  }
  const text = revealSecret(password)
  if (text.trim() === '') {
    throw new CryptoError('CRYPTO_NO_PASSPHRASE', 'An empty passphrase cannot be used to encrypt')
  }
  const publicIv = new Uint8Array(options.publicIv ?? random(BLOCK_BYTES))
  if (publicIv.length !== BLOCK_BYTES) throw new RangeError(`A public IV has ${BLOCK_BYTES} bytes`)
  const iterations = version === 3 ? (options.iterations ?? DEFAULT_ITERATIONS) : undefined
  if (
    iterations !== undefined &&
    !(Number.isInteger(iterations) && iterations >= 1 && iterations <= MAX_ITERATIONS)
  ) {
    throw new RangeError(`iterations must be a whole number from 1 to ${MAX_ITERATIONS}`)
  }
  return new AesCryptKey({
    version,
    publicIv,
    iterations,
    headerKey: deriveHeaderKey(primitives, text, version, publicIv, iterations)
  })
}

/** From the password to the key of a header. The password is not normalised. */
export function deriveHeaderKey(
  primitives: Primitives,
  password: string,
  version: AesCryptVersion,
  publicIv: Uint8Array,
  iterations: number | undefined
): Uint8Array {
  if (version === 3) {
    return primitives.pbkdf2Sha512(
      new TextEncoder().encode(password),
      publicIv,
      iterations ?? DEFAULT_ITERATIONS
    )
  }
  const input = new Uint8Array(2 * BLOCK_BYTES + password.length * 2)
  input.set(publicIv)
  const view = new DataView(input.buffer)
  for (let i = 0; i < password.length; i++)
    view.setUint16(2 * BLOCK_BYTES + i * 2, password.charCodeAt(i), true)
  for (let round = 0; round < LEGACY_ROUNDS; round++) input.set(primitives.hashBytes('SHA256', input))
  return input.slice(0, 2 * BLOCK_BYTES)
}
