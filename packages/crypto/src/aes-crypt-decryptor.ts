import {
  type AesCryptHeader,
  assertCiphertextLength,
  BLOCK_BYTES,
  contentOfLastBlock,
  readHeader,
  trailerBytes,
  truncated
} from './aes-crypt-format.ts'
import { type AesCryptKeyring, assertContentHmac, openSession } from './aes-crypt-keyring.ts'
import type { ByteSink } from './byte-sink.ts'
import type { CbcTransform, Hasher, Primitives } from './primitives.ts'

/**
 * Decrypts what is written to it. What comes out is not authenticated before `finish` has returned: an attacker may
 * have altered it. Use it only where the receiver can throw everything away after a failure.
 */
export interface AesCryptDecryptor extends ByteSink {
  /**
   * Says that the file is complete. Verifies it and passes on what was held back.
   *
   * @throws CryptoError `CRYPTO_TRUNCATED`, `CRYPTO_CORRUPT`
   */
  finish(): void
}

interface Content {
  readonly header: AesCryptHeader
  readonly cbc: CbcTransform
  readonly hmac: Hasher
}

export function createAesCryptDecryptor(
  primitives: Primitives,
  keyring: AesCryptKeyring,
  out: ByteSink
): AesCryptDecryptor {
  const parser = readHeader()
  let needed = parser.next().value as number
  let content: Content | undefined
  /** Bytes that cannot be used yet: part of the header, or the last block and the trailer. */
  let held: Uint8Array = new Uint8Array(0)

  /** Feeds the parser; returns how many bytes of `bytes` it took. */
  function takeHeader(bytes: Uint8Array): number {
    let at = 0
    while (content === undefined && bytes.length - at >= needed) {
      const step = parser.next(bytes.subarray(at, at + needed))
      at += needed
      if (step.done === true) {
        const session = openSession(primitives, step.value, keyring)
        content = {
          header: step.value,
          cbc: primitives.createCbcDecryptor(session.key, session.iv),
          hmac: primitives.createHmacSha256(session.key)
        }
      } else needed = step.value
    }
    return at
  }

  return {
    write(chunk) {
      let bytes = joined(held, chunk)
      if (content === undefined) bytes = bytes.subarray(takeHeader(bytes))
      if (content !== undefined) {
        const keep = trailerBytes(content.header.version) + BLOCK_BYTES
        const ready = Math.max(0, bytes.length - keep) & ~(BLOCK_BYTES - 1)
        if (ready > 0) {
          const ciphertext = bytes.subarray(0, ready)
          content.hmac.update(ciphertext)
          out.write(content.cbc.update(ciphertext))
          bytes = bytes.subarray(ready)
        }
      }
      held = new Uint8Array(bytes)
    },

    finish() {
      if (content === undefined) throw truncated()
      const { header, cbc, hmac } = content
      const trailer = trailerBytes(header.version)
      const length = held.length - trailer
      assertCiphertextLength(length, header.version)
      const ciphertext = held.subarray(0, length)
      hmac.update(ciphertext)
      assertContentHmac(hmac, held.subarray(-32))
      const last = length === 0 ? undefined : cbc.update(ciphertext)
      const modulo = header.modulo ?? held[length] ?? 0
      const size = contentOfLastBlock(last, header.version, modulo)
      if (last !== undefined && size > 0) out.write(last.subarray(0, size))
    }
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b
  const both = new Uint8Array(a.length + b.length)
  both.set(a)
  both.set(b, a.length)
  return both
}
