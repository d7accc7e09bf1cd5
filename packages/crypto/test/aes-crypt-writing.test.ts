import { inspect } from 'node:util'
import { Secret } from '@tercet/interface'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { entries, noise, range } from './entries.ts'

describe.each(entries)('writing AES Crypt, %s primitives', (_name, crypto) => {
  const keys = [
    crypto.deriveAesCryptKey(new Secret('a passphrase')),
    crypto.deriveAesCryptKey('a passphrase', { version: 3, iterations: 3 })
  ]
  const keyring = crypto.createAesCryptKeyring('a passphrase', { keys })

  test('what is written in pieces of any size is read back', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(70), { maxLength: 12 }),
        fc.constantFrom(...keys),
        fc.nat(1000),
        (sizes, key, seed) => {
          const out = crypto.collectSink()
          const encryptor = crypto.createAesCryptEncryptor(key, out)
          const pieces = sizes.map((size, i) => noise(size, seed + i + 1))
          for (const piece of pieces) encryptor.write(piece)
          encryptor.finish()
          const plaintext = Buffer.concat(pieces)
          const access = crypto.openAesCrypt(crypto.bytesAccess(out.bytes()), keyring)
          expect(Buffer.from(access.read(0, access.size)).equals(plaintext)).toBe(true)
          const blocks =
            key.version === 2 ? Math.ceil(plaintext.length / 16) : Math.floor(plaintext.length / 16) + 1
          expect(out.sizeBytes).toBe((key.version === 2 ? 136 : 139) + 16 * blocks)
        }
      ),
      { seed: 7, numRuns: 60 }
    )
  })

  test('15.35 padding octets have the value that Duplicati checks, and a multiple of 16 has none', () => {
    for (const length of [1, 15, 16, 17, 32]) {
      const sessionIv = range(1, 16)
      const sessionKey = range(1, 32)
      const pieces = [sessionIv, sessionKey]
      const out = crypto.collectSink()
      const random = () => pieces.shift() as Uint8Array
      const encryptor = crypto.createAesCryptEncryptor(keys[0]!, out, { random })
      encryptor.write(noise(length))
      encryptor.finish()
      const file = out.bytes()
      const modulo = length % 16
      expect(file[file.length - 33]).toBe(modulo)
      // The same content with its padding written as content gives the same ciphertext.
      const padded = new Uint8Array(Math.ceil(length / 16) * 16).fill(16 - modulo)
      padded.set(noise(length))
      const again = crypto.collectSink()
      const script = [sessionIv, sessionKey]
      const whole = crypto.createAesCryptEncryptor(keys[0]!, again, {
        random: () => script.shift() as Uint8Array
      })
      whole.write(padded)
      whole.finish()
      const ciphertext = (bytes: Uint8Array) => Buffer.from(bytes.subarray(103, -33)).toString('hex')
      expect(ciphertext(file)).toBe(ciphertext(again.bytes()))
    }
  })

  test('one key gives files that have nothing but public IV in common', () => {
    const files = [1, 2].map(() => {
      const out = crypto.collectSink()
      const encryptor = crypto.createAesCryptEncryptor(keys[0]!, out)
      encryptor.write(noise(64))
      encryptor.finish()
      return Buffer.from(out.bytes()).toString('hex')
    })
    expect(files[0]!.slice(0, 46)).toBe(files[1]!.slice(0, 46))
    for (const at of [46, 78, 206, 238])
      expect(files[0]!.slice(at, at + 32)).not.toBe(files[1]!.slice(at, at + 32))
  })

  test('streams encrypt and decrypt, and hold back what is not verified when asked to', async () => {
    const input = [noise(100_000, 1), noise(3, 2), noise(0), noise(70_000, 3)]
    const encrypted = await Array.fromAsync(crypto.encryptAesCrypt(input, { key: keys[0]! }))
    for (const verifyFirst of [false, true]) {
      const plain = await Array.fromAsync(crypto.decryptAesCrypt(encrypted, { keyring, verifyFirst }))
      expect(Buffer.concat(plain).equals(Buffer.concat(input))).toBe(true)
    }
    const damaged = Buffer.concat(encrypted)
    damaged[damaged.length - 40]! ^= 1
    const halves = [damaged.subarray(0, 120_000), damaged.subarray(120_000)]
    for (const [verifyFirst, expected] of [
      [false, true],
      [true, false]
    ]) {
      let yielded = false
      const read = async () => {
        for await (const _ of crypto.decryptAesCrypt(halves, { keyring, verifyFirst })) yielded = true
      }
      await expect(read()).rejects.toMatchObject({ code: 'CRYPTO_CORRUPT' })
      expect(yielded).toBe(expected)
    }
    await expect(
      Array.fromAsync(
        crypto.decryptAesCrypt(encrypted, { keyring, verifyFirst: true, maxBufferedBytes: 1000 })
      )
    ).rejects.toMatchObject({ code: 'CRYPTO_TOO_LARGE' })
  })

  test('streams take no more input than is asked for', async () => {
    let taken = 0
    function* input() {
      for (;;) {
        taken++
        yield noise(1000)
      }
    }
    for await (const _ of crypto.encryptAesCrypt(input(), { password: 'a passphrase' })) if (taken >= 3) break
    expect(taken).toBe(3)
  })

  test('a key survives the way to another thread, and prints as a secret', () => {
    const key = keys[1]!
    const again = crypto.importAesCryptKey(structuredClone(crypto.exportAesCryptKey(key)))
    expect(again.version).toBe(3)
    expect(again.iterations).toBe(3)
    expect(crypto.equalBytes(again.reveal(), key.reveal())).toBe(true)
    for (const shown of [inspect(key), `${key}`, JSON.stringify({ key })]) expect(shown).toContain('[secret]')
  })

  test('a passphrase that is no passphrase is refused', () => {
    for (const empty of ['', '  \n']) {
      expect(() => crypto.deriveAesCryptKey(empty)).toThrow(
        expect.objectContaining({ code: 'CRYPTO_NO_PASSPHRASE' })
      )
    }
    expect(() => crypto.createAesCryptKeyring('')).toThrow(
      expect.objectContaining({ code: 'CRYPTO_NO_PASSPHRASE' })
    )
    expect(() => crypto.deriveAesCryptKey('x', { version: 1 as 2 })).toThrow(
      expect.objectContaining({ code: 'CRYPTO_UNSUPPORTED_VERSION' })
    )
    expect(() => crypto.deriveAesCryptKey('x', { version: 3, iterations: 0 })).toThrow(RangeError)
    expect(() => crypto.deriveAesCryptKey('x', { publicIv: noise(15) })).toThrow(RangeError)
  })
})
