/** The AES Crypt container, versions 0 to 3 (format section 9.1), straight from its description. */
import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { noise } from '../src/test-content.ts'
import { joined, utf8 } from './bytes.ts'

export interface AesCryptOptions {
  readonly passphrase: string
  readonly version?: 0 | 1 | 2 | 3 | undefined
  /** Decides about IVs and key. */
  readonly seed: number
  /** Of version 3. */
  readonly iterations?: number | undefined
  readonly extensions?: readonly Uint8Array[] | undefined
  /** Values of the padding up to version 2, which say nothing. @defaultValue what PKCS#7 has */
  readonly paddingByte?: number | undefined
  /** Padding of version 3 as it is, right or wrong. */
  readonly padding?: Uint8Array | undefined
  /** The octet with the length, up to version 2, right or wrong. */
  readonly modulo?: number | undefined
}

const LEGACY_ROUNDS = 8192
const NONE = new Uint8Array(0)

export function aesCrypt(plain: Uint8Array, options: AesCryptOptions): Uint8Array {
  const { version = 2, iterations = 1000, seed } = options
  const publicIv = noise(16, seed)
  const headerKey =
    version === 3 ? newKey(options.passphrase, publicIv, iterations) : oldKey(options, publicIv)
  const session = version === 0 ? joined(publicIv, headerKey) : noise(48, seed + 1)
  const [iv, key] = [session.subarray(0, 16), session.subarray(16)]
  const padding = options.padding ?? paddingFor(plain.length % 16, version, options.paddingByte)
  const content = encrypt(key, iv, joined(plain, padding))
  const modulo = options.modulo ?? plain.length % 16
  return joined(
    utf8('AES'),
    Uint8Array.of(version, version === 0 ? modulo : 0),
    version >= 2 ? joined(...(options.extensions ?? []), new Uint8Array(2)) : NONE,
    version === 3 ? bigEndian(iterations) : NONE,
    publicIv,
    version === 0 ? NONE : sealed(session, headerKey, publicIv, version),
    content,
    version === 1 || version === 2 ? Uint8Array.of(modulo) : NONE,
    hmac(key, content)
  )
}

/** An extension of the header (its length counts what follows). */
export function extension(name: string, value: string): Uint8Array {
  const body = utf8(`${name}\0${value}`)
  return joined(Uint8Array.of(body.length >> 8, body.length & 255), body)
}

function sealed(session: Uint8Array, key: Uint8Array, iv: Uint8Array, version: number): Uint8Array {
  const encrypted = encrypt(key, iv, session)
  return joined(encrypted, hmac(key, version === 3 ? joined(encrypted, Uint8Array.of(3)) : encrypted))
}

function oldKey({ passphrase }: AesCryptOptions, publicIv: Uint8Array): Uint8Array {
  const password = Buffer.from(passphrase, 'utf16le')
  let key = joined(publicIv, new Uint8Array(16))
  for (let round = 0; round < LEGACY_ROUNDS; round++)
    key = new Uint8Array(createHash('sha256').update(key).update(password).digest())
  return key
}

function newKey(passphrase: string, salt: Uint8Array, iterations: number): Uint8Array {
  return new Uint8Array(pbkdf2Sync(utf8(passphrase), salt, Math.max(iterations, 1), 32, 'sha512'))
}

function paddingFor(modulo: number, version: number, byte?: number): Uint8Array {
  if (modulo === 0 && version < 3) return NONE
  return new Uint8Array(16 - modulo).fill(byte ?? 16 - modulo)
}

function encrypt(key: Uint8Array, iv: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false).update(bytes))
}

function hmac(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac('sha256', key).update(bytes).digest())
}

function bigEndian(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255)
}
