import { HASH_ALGORITHMS } from '@tercet/crypto'
import { describe, expect, test } from 'vitest'
import {
  decodeFileset,
  decodeManifest,
  encodeFileset,
  encodeManifest,
  type VolumeSettings
} from '../src/index.ts'
import { text, utf8 } from './entries.ts'

const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA1' }
const good = {
  Version: 2,
  Created: '20250702T080000Z',
  Encoding: 'utf8',
  Blocksize: 1024,
  BlockHash: 'SHA256',
  FileHash: 'SHA1',
  AppVersion: '2.3.0.109'
}
const bytes = (json: unknown) => utf8(JSON.stringify(json))

describe('manifest', () => {
  test('has its fields in order, after a byte-order mark', () => {
    const createdAt = new Date('2025-07-02T08:00:00.999Z')
    expect(text(encodeManifest(settings, { createdAt, appVersion: '2.3.0.109' }))).toBe(
      `\ufeff${JSON.stringify(good)}`
    )
    expect(text(encodeManifest(settings, { createdAt }))).toContain('"AppVersion":"Tercet ')
  })

  test('15.7 is read with and without a byte-order mark', () => {
    for (const start of ['\ufeff', '', '\ufeff\n ']) {
      const manifest = decodeManifest(utf8(start + JSON.stringify(good)), settings)
      expect(manifest).toEqual({
        ...settings,
        version: 2,
        created: good.Created,
        appVersion: good.AppVersion
      })
    }
  })

  test('accepts version 1, any creation time and any writer', () => {
    expect(
      decodeManifest(bytes({ ...good, Version: 1, Created: 5, AppVersion: null }), settings).version
    ).toBe(1)
  })

  test('accepts every algorithm when nothing is expected', () => {
    for (const name of HASH_ALGORITHMS) {
      expect(decodeManifest(bytes({ ...good, BlockHash: name, FileHash: name }))).toMatchObject({
        blockHash: name,
        fileHash: name
      })
    }
  })

  test.each([
    [{ Version: 3 }, 'VOLUME_MANIFEST_VERSION'],
    [{ Version: '2' }, 'VOLUME_MANIFEST_INVALID'],
    [{ Version: undefined }, 'VOLUME_MANIFEST_INVALID'],
    [{ Encoding: 'UTF8' }, 'VOLUME_MANIFEST_ENCODING'],
    [{ Encoding: 'utf-8' }, 'VOLUME_MANIFEST_ENCODING'],
    [{ Blocksize: 2048 }, 'VOLUME_MANIFEST_BLOCKSIZE'],
    [{ Blocksize: '1024' }, 'VOLUME_MANIFEST_BLOCKSIZE'],
    [{ Blocksize: 1023 }, 'VOLUME_MANIFEST_BLOCKSIZE'],
    [{ BlockHash: 'sha256' }, 'VOLUME_MANIFEST_HASH'],
    [{ BlockHash: 'SHA512' }, 'VOLUME_MANIFEST_HASH'],
    [{ FileHash: 'sha1' }, 'VOLUME_MANIFEST_HASH'],
    [{ FileHash: 'SHA256' }, 'VOLUME_MANIFEST_HASH'],
    [{ FileHash: '__proto__' }, 'VOLUME_MANIFEST_HASH']
  ])('rejects %o', (change, code) => {
    expect(() => decodeManifest(bytes({ ...good, ...change }), settings)).toThrow(
      expect.objectContaining({ code })
    )
  })

  test.each([1023, 2 ** 31, 1024.5, -1])(
    'rejects the block size %d when nothing is expected',
    (Blocksize) => {
      expect(() => decodeManifest(bytes({ ...good, Blocksize }))).toThrow(
        expect.objectContaining({ code: 'VOLUME_MANIFEST_BLOCKSIZE' })
      )
    }
  )

  test.each([[''], ['[]'], ['null'], ['{'], ['\xff']])('rejects %j', (json) => {
    expect(() => decodeManifest(Uint8Array.from(json, (c) => c.charCodeAt(0)))).toThrow(
      expect.objectContaining({ code: 'VOLUME_MANIFEST_INVALID' })
    )
  })
})

describe('fileset', () => {
  test('says whether a version is complete', () => {
    expect(text(encodeFileset(false))).toBe('\ufeff{"IsFullBackup":false}')
    for (const isFull of [true, false]) expect(decodeFileset(encodeFileset(isFull))).toBe(isFull)
    expect(decodeFileset(utf8('{}'))).toBe(true)
  })

  test.each(['{"IsFullBackup":"no"}', '[]', 'x'])('rejects %j', (json) => {
    expect(() => decodeFileset(utf8(json))).toThrow(expect.objectContaining({ code: 'VOLUME_LIST_INVALID' }))
  })
})
