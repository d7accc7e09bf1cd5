import { describe, expect, test } from 'vitest'
import { entries, noise, utf8 } from './entries.ts'
import { type ReferenceOptions, referenceEncrypt } from './reference-aes-crypt.ts'

const lengths = [0, 1, 15, 16, 17, 31, 32, 33, 1000]
const versions = [0, 1, 2, 3] as const

describe.each(entries)('reading AES Crypt, %s primitives', (_name, crypto) => {
  const keyring = crypto.createAesCryptKeyring('pässw0rd 𝄞')

  function readBothWays(file: Uint8Array): [Uint8Array, Uint8Array] {
    const access = crypto.openAesCrypt(crypto.bytesAccess(file), keyring)
    const out = crypto.collectSink()
    const decryptor = crypto.createAesCryptDecryptor(keyring, out)
    for (let at = 0; at < file.length; at += 7) decryptor.write(file.subarray(at, at + 7))
    decryptor.finish()
    return [access.read(0, access.size), out.bytes()]
  }

  describe.each(versions)('version %i', (version) => {
    test.each(lengths)('%i bytes', (length) => {
      const plaintext = noise(length)
      const options: ReferenceOptions = { version, password: 'pässw0rd 𝄞' }
      for (const read of readBothWays(referenceEncrypt(plaintext, options))) {
        expect(Buffer.from(read).equals(plaintext)).toBe(true)
      }
    })
  })

  test('15.37 skips extensions of any number and size', () => {
    const extensions = [
      Buffer.from('CREATED_BY\0somebody'),
      Buffer.alloc(128),
      Buffer.concat([Buffer.from('BIG\0'), Buffer.alloc(65_000, 7)]),
      ...Array.from({ length: 300 }, () => Buffer.from('X\0'))
    ]
    for (const version of [2, 3] as const) {
      const file = referenceEncrypt(utf8('content'), { version, password: 'pässw0rd 𝄞', extensions })
      for (const read of readBothWays(file)) expect(Buffer.from(read).toString()).toBe('content')
    }
  })

  test('accepts any value of padding octets up to version 2', () => {
    for (const version of [0, 1, 2] as const) {
      for (const paddingValue of [0, 3, 255]) {
        const file = referenceEncrypt(utf8('content'), { version, password: 'pässw0rd 𝄞', paddingValue })
        for (const read of readBothWays(file)) expect(Buffer.from(read).toString()).toBe('content')
      }
    }
  })

  test('reads any range, in any order', () => {
    const plaintext = noise(300_001)
    const file = referenceEncrypt(plaintext, { version: 2, password: 'pässw0rd 𝄞' })
    const access = crypto.openAesCrypt(crypto.bytesAccess(file), keyring)
    expect(access.size).toBe(plaintext.length)
    for (const [offset, length] of [
      [0, 1],
      [300_000, 1],
      [131_071, 2],
      [15, 131_073],
      [16, 16],
      [262_143, 0],
      [1, 300_000],
      [299_990, 11]
    ] as const) {
      expect(
        Buffer.from(access.read(offset, length)).equals(plaintext.subarray(offset, offset + length))
      ).toBe(true)
    }
    expect(() => access.read(300_000, 2)).toThrow(RangeError)
    expect(() => access.read(-1, 1)).toThrow(RangeError)
  })

  test('decrypts small reads from windows instead of one at a time', () => {
    const file = referenceEncrypt(noise(262_144), { version: 2, password: 'pässw0rd 𝄞' })
    let reads = 0
    const source = crypto.bytesAccess(file)
    const counted = {
      size: source.size,
      read: (at: number, n: number) => {
        reads++
        return source.read(at, n)
      }
    }
    const access = crypto.openAesCrypt(counted, keyring)
    reads = 0
    for (let at = 0; at < access.size; at += 64) access.read(at, 64)
    expect(reads).toBe(2)
  })

  test('hashes every byte of the file in the pass that verifies it', () => {
    for (const version of versions) {
      const file = referenceEncrypt(noise(1000), { version, password: 'pässw0rd 𝄞' })
      const hasher = crypto.createHasher('SHA256')
      let bytesRead = 0
      const source = crypto.bytesAccess(file)
      const counted = {
        size: source.size,
        read: (at: number, n: number) => {
          bytesRead += n
          return source.read(at, n)
        }
      }
      crypto.openAesCrypt(counted, keyring, { hasher })
      expect(crypto.equalBytes(hasher.digest(), crypto.hashBytes('SHA256', file))).toBe(true)
      // The header is read twice (to parse, to hash), the last block too (its padding).
      expect(bytesRead).toBeLessThan(file.length + 200)
    }
  })

  test('derives a header key once', () => {
    const derived = crypto.deriveAesCryptKey('pässw0rd 𝄞')
    const given = crypto.createAesCryptKeyring('this password is never used', { keys: [derived] })
    const out = crypto.collectSink()
    const encryptor = crypto.createAesCryptEncryptor(derived, out)
    encryptor.write(utf8('content'))
    encryptor.finish()
    const access = crypto.openAesCrypt(crypto.bytesAccess(out.bytes()), given)
    expect(Buffer.from(access.read(0, access.size)).toString()).toBe('content')
  })
})
