/** A slow, obvious writer of all four versions, as a second opinion; shares nothing with the package. */
import { createCipheriv, createHash, createHmac, pbkdf2Sync } from 'node:crypto'

export interface ReferenceOptions {
  readonly version: 0 | 1 | 2 | 3
  readonly password: string
  readonly extensions?: readonly Buffer[]
  readonly iterations?: number
  /** Value of the padding octets up to version 2; other writers than Duplicati use other values. */
  readonly paddingValue?: number
}

const PUBLIC_IV = Buffer.from('f0e1d2c3b4a5968778695a4b3c2d1e0f', 'hex')

export function referenceEncrypt(plaintext: Uint8Array, options: ReferenceOptions): Uint8Array {
  const { version, password, extensions = [], iterations = 5 } = options
  const modulo = plaintext.length % 16
  const headerKey = deriveKey(version, password, iterations)
  const sessionIv = version === 0 ? PUBLIC_IV : Buffer.alloc(16, 0x11)
  const sessionKey = version === 0 ? headerKey : Buffer.alloc(32, 0x22)
  const parts: Buffer[] = [Buffer.from('AES'), Buffer.from([version, version === 0 ? modulo : 0])]
  if (version >= 2) {
    for (const extension of extensions) parts.push(uint16(extension.length), extension)
    parts.push(uint16(0))
  }
  if (version === 3) parts.push(uint32(iterations))
  parts.push(PUBLIC_IV)
  if (version > 0) {
    const session = encrypt(headerKey, PUBLIC_IV, Buffer.concat([sessionIv, sessionKey]))
    parts.push(session, hmac(headerKey, session, version === 3 ? Buffer.from([3]) : Buffer.alloc(0)))
  }
  const padding = version === 3 ? 16 - modulo : (16 - modulo) % 16
  const value = version === 3 ? padding : (options.paddingValue ?? padding)
  const ciphertext = encrypt(sessionKey, sessionIv, Buffer.concat([plaintext, Buffer.alloc(padding, value)]))
  parts.push(ciphertext)
  if (version === 1 || version === 2) parts.push(Buffer.from([modulo]))
  parts.push(hmac(sessionKey, ciphertext))
  return new Uint8Array(Buffer.concat(parts))
}

function deriveKey(version: number, password: string, iterations: number): Buffer {
  if (version === 3) return pbkdf2Sync(Buffer.from(password, 'utf8'), PUBLIC_IV, iterations, 32, 'sha512')
  let key = Buffer.concat([PUBLIC_IV, Buffer.alloc(16)])
  for (let i = 0; i < 8192; i++) {
    key = createHash('sha256').update(key).update(Buffer.from(password, 'utf16le')).digest()
  }
  return key
}

function encrypt(key: Buffer, iv: Buffer, data: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-cbc', key, iv).setAutoPadding(false)
  return Buffer.concat([cipher.update(data), cipher.final()])
}

function hmac(key: Buffer, ...parts: Buffer[]): Buffer {
  return createHmac('sha256', key).update(Buffer.concat(parts)).digest()
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
