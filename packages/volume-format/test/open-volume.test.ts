import {
  bytesAccess,
  collectSink,
  createAesCryptEncryptor,
  createAesCryptKeyring,
  deriveAesCryptKey,
  hashBytes
} from '@tercet/crypto'
import { describe, expect, test } from 'vitest'
import * as native from '../src/index.node.ts'
import type { VolumeSettings } from '../src/index.ts'
import { entries, noise, utf8 } from './entries.ts'
import { referenceZip } from './reference-zip.ts'

const createdAt = new Date('2025-07-02T08:00:00Z')
const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }
const key = deriveAesCryptKey('right')
const keyring = createAesCryptKeyring('right', { keys: [key] })
const wrong = createAesCryptKeyring('wrong')

const PLAIN = 'duplicati-b0.dblock.zip'
const ENCRYPTED = `${PLAIN}.aes`

function plainVolume(): Uint8Array {
  const sink = collectSink()
  const compressor = native.createCompressor({ method: 'none' })
  const writer = native.createDblockWriter({
    sink,
    settings,
    compressor,
    createdAt,
    dblockSizeBytes: 2 ** 20
  })
  writer.addBlock(hashBytes('SHA256', noise(500)), noise(500))
  writer.finish()
  return sink.bytes()
}

function encrypted(bytes: Uint8Array): Uint8Array {
  const sink = collectSink()
  const encryptor = createAesCryptEncryptor(key, sink)
  encryptor.write(bytes)
  encryptor.finish()
  return sink.bytes()
}

function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const copy = bytes.slice()
  copy[at < 0 ? copy.length + at : at]! ^= 1
  return copy
}

describe.each(entries)('opening a volume, %s codecs', (_name, format) => {
  const open = (bytes: Uint8Array, name: string, options?: Parameters<typeof format.openVolume>[2]) =>
    format.openVolume(bytesAccess(bytes), name, options)

  test('tells its type by its name', () => {
    const volume = open(plainVolume(), PLAIN)
    expect(volume.type).toBe('dblock')
    expect(volume.name.prefix).toBe('duplicati')
    expect(volume.manifest).toMatchObject(settings)
    expect(volume.remoteHash).toBeUndefined()
    expect(() => format.openDlist(bytesAccess(plainVolume()), PLAIN)).toThrow(
      expect.objectContaining({ code: 'VOLUME_WRONG_TYPE' })
    )
  })

  test.each([
    ['notes.txt', 'VOLUME_INVALID_NAME'],
    [`${PLAIN}.par2`, 'VOLUME_INVALID_NAME'],
    ['duplicati-b0.dblock.tgz', 'VOLUME_UNSUPPORTED_COMPRESSION'],
    ['duplicati-b0.dblock.tzstd.aes', 'VOLUME_UNSUPPORTED_COMPRESSION'],
    ['duplicati-b0.dblock.zip.gpg', 'VOLUME_UNSUPPORTED_ENCRYPTION'],
    ['duplicati-b0.dblock.zip.other', 'VOLUME_UNSUPPORTED_ENCRYPTION'],
    [ENCRYPTED, 'CRYPTO_NO_PASSPHRASE']
  ])('%s is %s', (name, code) => {
    expect(() => open(plainVolume(), name)).toThrow(expect.objectContaining({ code }))
  })

  test('15.36 a wrong passphrase, an altered and a cut off file are told apart', () => {
    const file = encrypted(plainVolume())
    expect(open(file, ENCRYPTED, { keyring }).type).toBe('dblock')
    for (const [bytes, ring, code] of [
      [file, wrong, 'CRYPTO_WRONG_PASSPHRASE'],
      [flipped(file, 300), keyring, 'CRYPTO_CORRUPT'],
      [file.subarray(0, 400), keyring, 'CRYPTO_TRUNCATED'],
      [file.subarray(0, 401), keyring, 'CRYPTO_CORRUPT'],
      [plainVolume(), keyring, 'CRYPTO_NOT_AESCRYPT']
    ] as const) {
      expect(() => open(bytes, ENCRYPTED, { keyring: ring })).toThrow(
        expect.objectContaining({
          code: expect.stringMatching(new RegExp(`${code}|CRYPTO_TRUNCATED`)) as unknown
        })
      )
    }
    expect(() => open(flipped(file, 300), ENCRYPTED, { keyring })).toThrow(
      expect.objectContaining({ code: 'CRYPTO_CORRUPT' })
    )
  })

  test('nothing is parsed before all of it is verified', () => {
    // The archive inside is none: altered or not decides on the error.
    const file = encrypted(utf8('no archive at all'))
    expect(() => open(file, ENCRYPTED, { keyring })).toThrow(
      expect.objectContaining({ code: 'VOLUME_ARCHIVE_INVALID' })
    )
    expect(() => open(flipped(file, -40), ENCRYPTED, { keyring })).toThrow(
      expect.objectContaining({ code: 'CRYPTO_CORRUPT' })
    )
  })

  describe.each([
    ['plain', PLAIN, (): Uint8Array => plainVolume()],
    ['encrypted', ENCRYPTED, (): Uint8Array => encrypted(plainVolume())]
  ])('%s, with a recorded size and hash', (_kind, name, make) => {
    const file = make()
    const hash = hashBytes('SHA256', file)

    test('agrees', () => {
      const volume = open(file, name, { keyring, settings, expected: { sizeBytes: file.length, hash } })
      expect(volume.remoteHash?.join()).toBe(hash.join())
      const other = open(file, name, { keyring, hashAlgorithm: 'SHA1' })
      expect(other.remoteHash?.join()).toBe(hashBytes('SHA1', file).join())
    })

    test('another size is told first, then any other byte', () => {
      const expected = { sizeBytes: file.length, hash }
      expect(() => open(file.subarray(1), name, { keyring: wrong, expected })).toThrow(
        expect.objectContaining({ code: 'VOLUME_SIZE_MISMATCH' })
      )
      for (const at of [0, 3, 20, 60, 90, 200, -1]) {
        expect(() => open(flipped(file, at), name, { keyring, expected }), `byte ${at}`).toThrow(
          expect.objectContaining({ code: 'VOLUME_HASH_MISMATCH' })
        )
      }
    })
  })

  test('a wrong passphrase stays one where the hash agrees', () => {
    const file = encrypted(plainVolume())
    const expected = { hash: hashBytes('SHA256', file) }
    expect(() => open(file, ENCRYPTED, { keyring: wrong, expected })).toThrow(
      expect.objectContaining({ code: 'CRYPTO_WRONG_PASSPHRASE' })
    )
  })

  test('15.5 a manifest has to be there, in order, and agree', () => {
    const manifest = format.encodeManifest(settings, { createdAt })
    for (const [content, code] of [
      [[['other', utf8('{}')]], 'VOLUME_ENTRY_MISSING'],
      [[['manifest', utf8('[]')]], 'VOLUME_MANIFEST_INVALID'],
      [[['manifest', noise(70_000)]], 'VOLUME_LIMIT_EXCEEDED']
    ] as const) {
      expect(() => open(referenceZip(content), PLAIN)).toThrow(expect.objectContaining({ code }))
    }
    const volume = referenceZip([['manifest', manifest]])
    expect(() => open(volume, PLAIN, { settings })).not.toThrow()
    expect(() => open(volume, PLAIN, { settings: { ...settings, blocksize: 2048 } })).toThrow(
      expect.objectContaining({ code: 'VOLUME_MANIFEST_BLOCKSIZE' })
    )
    expect(() => open(volume, PLAIN, { settings: { ...settings, fileHash: 'SHA1' } })).toThrow(
      expect.objectContaining({ code: 'VOLUME_MANIFEST_HASH' })
    )
    expect(() => open(volume, 'duplicati-20250702T080000Z.dlist.zip')).toThrow(
      expect.objectContaining({ code: 'VOLUME_ENTRY_MISSING' })
    )
  })

  test('errors name the volume and hold no secret', () => {
    const file = encrypted(plainVolume())
    for (const options of [{}, { keyring: wrong }, { expected: { sizeBytes: 1 } }]) {
      try {
        open(file, ENCRYPTED, options)
        expect.unreachable()
      } catch (error) {
        expect(`${JSON.stringify(error)} ${error}`).not.toMatch(/right|"wrong"/)
      }
    }
  })
})

test('a misspelt option is an error, not ignored', () => {
  const open = () => native.openVolume(bytesAccess(plainVolume()), PLAIN, { keyRing: keyring } as object)
  expect(open).toThrow(expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' }))
  expect(() => deriveAesCryptKey('x', { iteration: 5 } as object)).toThrow(
    expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' })
  )
})
