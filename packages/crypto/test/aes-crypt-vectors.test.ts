import { describe, expect, test } from 'vitest'
import { entries, fromHex, range, scriptedRandom, toHex, utf8 } from './entries.ts'
import vectors from './vectors/aes-crypt.json' with { type: 'json' }
import lengths from './vectors/aes-crypt-lengths.json' with { type: 'json' }

const plaintext = utf8('Hello, World!')
const publicIv = range(0x00, 0x0f)
const sessionRandom = () => scriptedRandom(range(0x10, 0x1f), range(0x20, 0x3f))

describe.each(entries)('AES Crypt vectors, %s primitives', (_name, crypto) => {
  test('15.33 15.34 every version and length around 16, passphrases beyond ASCII and beyond 16 bits', () => {
    expect(lengths).toHaveLength(4 * 8)
    for (const { password, plaintext, file } of lengths) {
      const access = crypto.openAesCrypt(
        crypto.bytesAccess(fromHex(file)),
        crypto.createAesCryptKeyring(password)
      )
      expect(toHex(access.read(0, access.size))).toBe(plaintext)
    }
  })

  test.each([
    ['version 2', 'apples', { version: 2, publicIv }, vectors.v2HeaderKey],
    ['version 2, password beyond ASCII', 'pässw0rd', { version: 2, publicIv }, vectors.v2HeaderKeyNonAscii],
    ['version 3', 'apples', { version: 3, publicIv, iterations: 8192 }, vectors.v3HeaderKey8192]
  ] as const)('derives the header key: %s', (_case, password, options, expected) => {
    expect(toHex(crypto.deriveAesCryptKey(password, options).reveal())).toBe(expected)
  })

  test.each([
    ['version 2', { version: 2, publicIv }, vectors.v2File],
    ['version 3', { version: 3, publicIv, iterations: 8192 }, vectors.v3File8192]
  ] as const)('15.33 encrypts with fixed random numbers: %s', (_case, options, expected) => {
    const out = crypto.collectSink()
    const key = crypto.deriveAesCryptKey('apples', options)
    const encryptor = crypto.createAesCryptEncryptor(key, out, { random: sessionRandom() })
    encryptor.write(plaintext)
    encryptor.finish()
    expect(toHex(out.bytes())).toBe(expected)
  })

  test.each([
    ['version 2', vectors.v2File],
    ['version 2 with an extension', vectors.v2FileWithExtension],
    ['version 3', vectors.v3File8192]
  ])('15.33 decrypts: %s', async (_case, file) => {
    const keyring = crypto.createAesCryptKeyring('apples')
    const access = crypto.openAesCrypt(crypto.bytesAccess(fromHex(file)), keyring)
    expect(toHex(access.read(0, access.size))).toBe(toHex(plaintext))
    const chunks = await Array.fromAsync(crypto.decryptAesCrypt([fromHex(file)], { keyring }))
    expect(Buffer.concat(chunks)).toEqual(Buffer.from(plaintext))
  })
})

test('derives the header key of version 3 with the default number of iterations', () => {
  const [, [, native]] = entries as [unknown, (typeof entries)[0]]
  const key = native.deriveAesCryptKey('apples', { version: 3, publicIv })
  expect(key.iterations).toBe(300_000)
  expect(toHex(key.reveal())).toBe(vectors.v3HeaderKey300000)
})
