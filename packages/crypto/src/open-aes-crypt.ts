import { assertKnownKeys } from '@tercet/interface'
import {
  type AesCryptHeader,
  assertCiphertextLength,
  BLOCK_BYTES,
  contentOfLastBlock,
  HMAC_BYTES,
  readHeader,
  trailerBytes,
  truncated
} from './aes-crypt-format.ts'
import { type AesCryptKeyring, assertContentHmac, openSession } from './aes-crypt-keyring.ts'
import type { CbcCiphers, CbcTransform, Hasher, Primitives } from './primitives.ts'
import { assertRange, piecesOf, type RandomAccess } from './random-access.ts'

/** Decrypted at once, so that a run of small reads does not set up a cipher for each. */
const WINDOW_BYTES = 131_072
const NOTHING = new Uint8Array(0)

export interface OpenAesCryptOptions {
  /** Is fed every byte of the encrypted file, in order, by the pass that verifies it. */
  readonly hasher?: Hasher | undefined
  /** Does the decryption of the content. @defaultValue that of the platform */
  readonly ciphers?: CbcCiphers | undefined
}

export function openAesCrypt(
  primitives: Primitives,
  source: RandomAccess,
  keyring: AesCryptKeyring,
  options: OpenAesCryptOptions = {}
): RandomAccess {
  assertKnownKeys(options, ['hasher', 'ciphers'], 'openAesCrypt')
  const { header, size: start } = headerOf(source)
  const length = source.size - start - trailerBytes(header.version)
  assertCiphertextLength(length, header.version)
  const session = openSession(primitives, header, keyring)

  const hmac = primitives.createHmacSha256(session.key)
  for (const piece of piecesOf(source, 0, start)) options.hasher?.update(piece)
  for (const piece of piecesOf(source, start, length)) {
    hmac.update(piece)
    options.hasher?.update(piece)
  }
  const trailer = new Uint8Array(source.read(start + length, source.size - start - length))
  options.hasher?.update(trailer)
  assertContentHmac(hmac, trailer.subarray(-HMAC_BYTES))

  const cbc = (options.ciphers ?? primitives).createCbcDecryptor(session.key, session.iv)
  const ciphertext: Ciphertext = { source, start, length, cbc, iv: session.iv }
  const last = length === 0 ? undefined : decryptRange(ciphertext, length - BLOCK_BYTES, BLOCK_BYTES)
  const tail = contentOfLastBlock(last, header.version, header.modulo ?? trailer[0] ?? 0)
  const size = length === 0 ? 0 : length - BLOCK_BYTES + tail
  return plaintextAccess(ciphertext, size)
}

interface Ciphertext {
  readonly source: RandomAccess
  readonly start: number
  readonly length: number
  readonly cbc: CbcTransform
  readonly iv: Uint8Array
}

function headerOf(source: RandomAccess): { header: AesCryptHeader; size: number } {
  const parser = readHeader()
  let at = 0
  let step = parser.next()
  while (step.done !== true) {
    if (at + step.value > source.size) throw truncated()
    const bytes = source.read(at, step.value)
    at += step.value
    step = parser.next(bytes)
  }
  return { header: step.value, size: at }
}

/** Decrypts whole blocks anywhere: in CBC the ciphertext block before the range is its initialisation vector. */
function decryptRange(content: Ciphertext, offset: number, length: number): Uint8Array {
  const { source, start, cbc, iv } = content
  if (offset === 0) {
    cbc.restart(iv)
    return cbc.update(source.read(start, length))
  }
  const bytes = source.read(start + offset - BLOCK_BYTES, length + BLOCK_BYTES)
  cbc.restart(bytes.subarray(0, BLOCK_BYTES))
  return cbc.update(bytes.subarray(BLOCK_BYTES))
}

function plaintextAccess(content: Ciphertext, size: number): RandomAccess {
  let window: Uint8Array = NOTHING
  let windowStart = 0
  return {
    size,
    read(offset, length) {
      assertRange(offset, length, size)
      if (offset < windowStart || offset + length > windowStart + window.length) {
        // Its memory is written to, so nothing of it may be used after a failure.
        window = NOTHING
        windowStart = offset - (offset % BLOCK_BYTES)
        const end = Math.max(windowStart + WINDOW_BYTES, offset + length)
        const aligned = Math.ceil((end - windowStart) / BLOCK_BYTES) * BLOCK_BYTES
        window = decryptRange(content, windowStart, Math.min(aligned, content.length - windowStart))
      }
      return window.subarray(offset - windowStart, offset - windowStart + length)
    }
  }
}
