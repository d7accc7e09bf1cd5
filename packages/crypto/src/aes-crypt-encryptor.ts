import { assertKnownKeys } from '@tercet/interface'
import { BLOCK_BYTES, encodeHeader } from './aes-crypt-format.ts'
import type { AesCryptKey } from './aes-crypt-key.ts'
import { sessionHmac } from './aes-crypt-keyring.ts'
import type { ByteSink } from './byte-sink.ts'
import type { CbcCiphers, Primitives } from './primitives.ts'

/** Encrypts what is written to it. */
export interface AesCryptEncryptor extends ByteSink {
  /** Writes padding and HMAC. Nothing may be written afterwards; a file without this is truncated. */
  finish(): void
}

export interface AesCryptEncryptorOptions {
  /** Does the encryption of the content. @defaultValue that of the platform */
  readonly ciphers?: CbcCiphers | undefined
  /** Source of random bytes, for tests: asked for 16 (session IV), then for 32 (session key). */
  readonly random?: ((sizeBytes: number) => Uint8Array) | undefined
}

/** Encrypted at once: what fits into the fast memory of a core while it is authenticated, hashed and written. */
const PIECE_BYTES = 131_072

export function createAesCryptEncryptor(
  primitives: Primitives,
  key: AesCryptKey,
  out: ByteSink,
  options: AesCryptEncryptorOptions = {}
): AesCryptEncryptor {
  assertKnownKeys(options, ['ciphers', 'random'], 'createAesCryptEncryptor')
  const random = options.random ?? primitives.randomBytes
  const sessionIv = random(BLOCK_BYTES)
  const sessionKey = random(2 * BLOCK_BYTES)
  const session = new Uint8Array(3 * BLOCK_BYTES)
  session.set(sessionIv)
  session.set(sessionKey, BLOCK_BYTES)
  const encrypted = primitives.createCbcEncryptor(key.reveal(), key.publicIv).update(session)
  const hmac1 = sessionHmac(primitives, key.reveal(), encrypted, key.version)
  out.write(encodeHeader(key.version, key.iterations, key.publicIv, encrypted, hmac1))

  const cbc = (options.ciphers ?? primitives).createCbcEncryptor(sessionKey, sessionIv)
  const hmac = primitives.createHmacSha256(sessionKey)
  /** Plaintext that does not fill a block yet. */
  const rest = new Uint8Array(BLOCK_BYTES)
  let restLength = 0
  let finished = false

  function encrypt(blocks: Uint8Array): void {
    for (let at = 0; at < blocks.length; at += PIECE_BYTES) {
      const ciphertext = cbc.update(blocks.subarray(at, at + PIECE_BYTES))
      hmac.update(ciphertext)
      out.write(ciphertext)
    }
  }

  return {
    write(bytes) {
      if (finished) throw new TypeError('Nothing can be written after finish()')
      let from = 0
      if (restLength > 0) {
        from = Math.min(BLOCK_BYTES - restLength, bytes.length)
        rest.set(bytes.subarray(0, from), restLength)
        restLength += from
        if (restLength < BLOCK_BYTES) return
        encrypt(rest)
        restLength = 0
      }
      const whole = (bytes.length - from) & ~(BLOCK_BYTES - 1)
      if (whole > 0) encrypt(bytes.subarray(from, from + whole))
      rest.set(bytes.subarray(from + whole))
      restLength = bytes.length - from - whole
    },

    finish() {
      if (finished) throw new TypeError('finish() was called before')
      finished = true
      const modulo = restLength
      // Up to version 2 a multiple of 16 gets no padding; the value of padding octets is checked by Duplicati.
      if (modulo > 0 || key.version === 3) encrypt(rest.fill(BLOCK_BYTES - modulo, modulo))
      if (key.version === 2) out.write(Uint8Array.of(modulo))
      out.write(hmac.digest())
    }
  }
}
