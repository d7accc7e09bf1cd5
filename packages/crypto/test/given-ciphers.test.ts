import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { CbcCiphers, CbcTransform } from '../src/index.ts'
import { entries, noise } from './entries.ts'

/** Keep one piece of memory each, as native ciphers do, and count what they are asked for. */
function keepingCiphers() {
  const counts = { made: 0, longest: 0 }
  const transform = (create: (iv: Uint8Array) => Cipheriv | Decipheriv, iv: Uint8Array): CbcTransform => {
    counts.made += 1
    const memory = new Uint8Array(400_000)
    let cipher = create(iv).setAutoPadding(false)
    return {
      update(bytes) {
        counts.longest = Math.max(counts.longest, bytes.length)
        memory.fill(0xee)
        memory.set(cipher.update(bytes))
        return memory.subarray(0, bytes.length)
      },
      restart(next) {
        cipher = create(next).setAutoPadding(false)
      }
    }
  }
  const ciphers: CbcCiphers = {
    createCbcEncryptor: (key, iv) => transform((from) => createCipheriv('aes-256-cbc', key, from), iv),
    createCbcDecryptor: (key, iv) => transform((from) => createDecipheriv('aes-256-cbc', key, from), iv)
  }
  return { ciphers, counts }
}

describe.each(entries)('ciphers that the caller brings, %s primitives', (_name, crypto) => {
  const plaintext = noise(700_001)

  function encrypted(ciphers?: CbcCiphers): Uint8Array {
    const out = crypto.collectSink()
    const key = crypto.deriveAesCryptKey('pw')
    const encryptor = crypto.createAesCryptEncryptor(key, out, { ciphers })
    encryptor.write(plaintext.subarray(0, 5))
    encryptor.write(plaintext.subarray(5))
    encryptor.finish()
    return out.bytes()
  }

  test('encrypt the content with one cipher, piece by piece', () => {
    const { ciphers, counts } = keepingCiphers()
    const access = crypto.openAesCrypt(
      crypto.bytesAccess(encrypted(ciphers)),
      crypto.createAesCryptKeyring('pw')
    )
    expect(Buffer.from(access.read(0, access.size)).equals(plaintext)).toBe(true)
    expect(counts).toEqual({ made: 1, longest: 131_072 })
  })

  test('decrypt any range with one cipher for the whole file', () => {
    const { ciphers, counts } = keepingCiphers()
    const file = crypto.bytesAccess(encrypted())
    const access = crypto.openAesCrypt(file, crypto.createAesCryptKeyring('pw'), { ciphers })
    for (const [offset, length] of [
      [0, 1],
      [16, 300_000],
      [699_990, 11],
      [131_070, 5],
      [0, 131_072]
    ] as const) {
      const expected = plaintext.subarray(offset, offset + length)
      expect(Buffer.from(access.read(offset, length)).equals(expected)).toBe(true)
    }
    expect(counts.made).toBe(1)
  })

  test('leave nothing wrong behind when reading fails', () => {
    const file = crypto.bytesAccess(encrypted())
    let fails = false
    const failing = {
      size: file.size,
      read(offset: number, length: number) {
        if (fails) throw new Error('unreadable')
        return file.read(offset, length)
      }
    }
    const access = crypto.openAesCrypt(failing, crypto.createAesCryptKeyring('pw'))
    access.read(0, 10)
    fails = true
    expect(() => access.read(400_000, 10)).toThrow('unreadable')
    fails = false
    expect(Buffer.from(access.read(400_000, 10)).equals(plaintext.subarray(400_000, 400_010))).toBe(true)
  })
})
