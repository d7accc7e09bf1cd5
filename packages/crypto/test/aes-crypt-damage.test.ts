import { describe, expect, test } from 'vitest'
import { entries, noise } from './entries.ts'
import { referenceEncrypt } from './reference-aes-crypt.ts'

const password = 'correct horse'

describe.each(entries)('damaged AES Crypt files, %s primitives', (_name, crypto) => {
  const keyring = crypto.createAesCryptKeyring(password)
  const wrong = crypto.createAesCryptKeyring('battery staple')

  function open(file: Uint8Array, ring = keyring): void {
    crypto.openAesCrypt(crypto.bytesAccess(file), ring)
  }
  function stream(file: Uint8Array, ring = keyring): void {
    const decryptor = crypto.createAesCryptDecryptor(ring, crypto.collectSink())
    decryptor.write(file)
    decryptor.finish()
  }
  const readers = [
    ['random access', open],
    ['stream', stream]
  ] as const

  function altered(file: Uint8Array, at: number): Uint8Array {
    const copy = file.slice()
    copy[at < 0 ? copy.length + at : at]! ^= 1
    return copy
  }

  describe.each(readers)('%s', (_reader, read) => {
    test.each([1, 2, 3] as const)('version %i: a wrong passphrase is told from damage', (version) => {
      const file = referenceEncrypt(noise(100), { version, password })
      expect(() => read(file)).not.toThrow()
      expect(() => read(file, wrong)).toThrow(expect.objectContaining({ code: 'CRYPTO_WRONG_PASSPHRASE' }))
    })

    test.each([0, 1, 2, 3] as const)('version %i: altered content is found', (version) => {
      const file = referenceEncrypt(noise(100), { version, password })
      const lastOfCiphertext = version === 1 || version === 2 ? -34 : -33
      for (const at of [lastOfCiphertext, lastOfCiphertext - 90, -1]) {
        expect(() => read(altered(file, at))).toThrow(expect.objectContaining({ code: 'CRYPTO_CORRUPT' }))
      }
    })

    test.each([0, 1, 2, 3] as const)('version %i: cut off anywhere is an error, never a crash', (version) => {
      const file = referenceEncrypt(noise(40), { version, password })
      for (let length = 0; length < file.length; length++) {
        expect(() => read(file.subarray(0, length))).toThrow(
          expect.objectContaining({ code: expect.stringMatching(/^CRYPTO_(TRUNCATED|CORRUPT)$/) })
        )
      }
      const longer = new Uint8Array(file.length + 1)
      longer.set(file)
      expect(() => read(longer)).toThrow(expect.objectContaining({ code: 'CRYPTO_TRUNCATED' }))
    })

    test('a modulo octet that cannot be is refused', () => {
      const file = referenceEncrypt(noise(40), { version: 2, password })
      const copy = file.slice()
      copy[copy.length - 33] = 16
      expect(() => read(copy)).toThrow(expect.objectContaining({ code: 'CRYPTO_CORRUPT' }))
      const empty = referenceEncrypt(noise(0), { version: 2, password })
      expect(() => read(empty)).not.toThrow()
      empty[empty.length - 33] = 5
      expect(() => read(empty)).toThrow(expect.objectContaining({ code: 'CRYPTO_CORRUPT' }))
    })

    test.each([
      ['another kind of file', (file: Uint8Array) => altered(file, 0), 'CRYPTO_NOT_AESCRYPT'],
      ['version 4', (file: Uint8Array) => file.with(3, 4), 'CRYPTO_UNSUPPORTED_VERSION'],
      ['reserved octet', (file: Uint8Array) => file.with(4, 1), 'CRYPTO_CORRUPT'],
      ['no iterations', (file: Uint8Array) => zeroed(file, 7), 'CRYPTO_CORRUPT'],
      [
        'too many iterations',
        (file: Uint8Array) => file.with(8, 0x4c).with(9, 0x4b).with(10, 0x41),
        'CRYPTO_CORRUPT'
      ]
    ])('%s is refused', (_case, damage, code) => {
      const file = referenceEncrypt(noise(40), { version: 3, password })
      expect(() => read(file)).not.toThrow()
      expect(() => read(damage(file))).toThrow(expect.objectContaining({ code }))
    })

    test('an extension without a separator is refused', () => {
      const extensions = [Buffer.from('NO_SEPARATOR')]
      const file = referenceEncrypt(noise(40), { version: 2, password, extensions })
      expect(() => read(file)).toThrow(expect.objectContaining({ code: 'CRYPTO_CORRUPT' }))
    })
  })

  test('the largest number of iterations is accepted by the parser', () => {
    const file = referenceEncrypt(noise(1), { version: 3, password })
    const copy = file.with(8, 0x4c).with(9, 0x4b).with(10, 0x40)
    const asked: unknown[] = []
    const spy = {
      headerKey(header: { iterations: number | undefined }) {
        asked.push(header.iterations)
        return new Uint8Array(32)
      }
    }
    expect(() => open(copy, spy)).toThrow(expect.objectContaining({ code: 'CRYPTO_WRONG_PASSPHRASE' }))
    expect(asked).toEqual([5_000_000])
  })

  test('errors hold neither passphrase nor key', () => {
    const file = referenceEncrypt(noise(40), { version: 2, password })
    try {
      open(file, wrong)
      expect.unreachable()
    } catch (error) {
      expect(`${error}${JSON.stringify(error)}`).not.toContain('battery')
    }
  })
})

function zeroed(file: Uint8Array, at: number): Uint8Array {
  const copy = file.slice()
  copy.fill(0, at, at + 4)
  return copy
}
