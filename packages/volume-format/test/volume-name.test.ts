import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { assertVolumePrefix, classifyRemoteName, formatVolumeName, parseVolumeName } from '../src/index.ts'
import { entries } from './entries.ts'

const ID = '0123456789abcdef0123456789abcdef'
const time = Date.UTC(2025, 6, 2, 8) / 1000

describe('names of volumes', () => {
  test.each([
    [
      { prefix: 'duplicati', type: 'dlist', time, encryption: 'aes' },
      'duplicati-20250702T080000Z.dlist.zip.aes'
    ],
    [{ prefix: 'duplicati', type: 'dlist', time: time + 0.999 }, 'duplicati-20250702T080000Z.dlist.zip'],
    [{ prefix: 'duplicati', type: 'dblock', id: ID, encryption: 'aes' }, `duplicati-b${ID}.dblock.zip.aes`],
    [{ prefix: 'duplicati', type: 'dindex', id: ID }, `duplicati-i${ID}.dindex.zip`],
    [{ prefix: 'my backup', type: 'dblock', id: ID, compression: 'tzstd' }, `my backup-b${ID}.dblock.tzstd`]
  ] as const)('are made from %o', (parts, name) => {
    expect(formatVolumeName(parts)).toBe(name)
    expect(parseVolumeName(name, { prefix: parts.prefix })).toMatchObject({ name, type: parts.type })
  })

  test('are read', () => {
    expect(parseVolumeName('duplicati-20250702T080000Z.dlist.zip.aes')).toEqual({
      name: 'duplicati-20250702T080000Z.dlist.zip.aes',
      prefix: 'duplicati',
      type: 'dlist',
      id: '20250702T080000Z',
      time,
      compression: 'zip',
      encryption: 'aes'
    })
    // The type word decides, not the letter of the id; digits of either case and any number are accepted.
    expect(parseVolumeName('x-iABCdef0.dblock.tgz')).toEqual({
      name: 'x-iABCdef0.dblock.tgz',
      prefix: 'x',
      type: 'dblock',
      id: 'iABCdef0',
      compression: 'tgz'
    })
    expect(parseVolumeName(`${'p'.repeat(100)}-b1.dindex.tzstd.gpg`)).toMatchObject({
      type: 'dindex',
      compression: 'tzstd',
      encryption: 'gpg'
    })
    expect(parseVolumeName('a-b1.dblock.zip.odd.thing')?.encryption).toBe('odd.thing')
  })

  test('of parity companions are flagged, never taken for another encryption', () => {
    for (const suffix of ['.par2', '.PAR2']) {
      expect(parseVolumeName(`duplicati-b${ID}.dblock.zip.aes${suffix}`)).toMatchObject({
        type: 'dblock',
        encryption: 'aes',
        parity: 'par2'
      })
    }
    expect(parseVolumeName(`duplicati-b${ID}.dblock.zip.par2`)?.encryption).toBeUndefined()
  })

  test.each([
    'duplicati-b.dblock.zip',
    'duplicati-bxyz.dblock.zip',
    'duplicati-c0.dblock.zip',
    'duplicati-b0.dblock',
    'duplicati-b0.DBLOCK.zip',
    'duplicati-20250702T080000.dlist.zip',
    'duplicati-20250732T080000Z.dlist.zip',
    'duplicati-b0.dlist.zip',
    'deleted-duplicati-b0.dblock.zip',
    '-b0.dblock.zip',
    'dup-0123',
    ''
  ])('foreign: %j', (name) => {
    expect(parseVolumeName(name, { prefix: 'duplicati' })).toBeUndefined()
  })

  test('with another prefix are foreign, and case counts unless asked otherwise', () => {
    const name = 'Duplicati-B0.DBLOCK.ZIP'
    expect(parseVolumeName('other-b0.dblock.zip', { prefix: 'duplicati' })).toBeUndefined()
    expect(parseVolumeName(name, { prefix: 'duplicati' })).toBeUndefined()
    expect(parseVolumeName(name, { prefix: 'duplicati', caseInsensitive: true })).toMatchObject({
      name,
      type: 'dblock',
      compression: 'zip'
    })
  })

  test('15.3 cannot be made with an impossible prefix or part', () => {
    for (const prefix of ['', 'with-hyphen', 'a/b', 'a\\b', 'a\nb']) {
      expect(() => assertVolumePrefix(prefix), prefix).toThrow(
        expect.objectContaining({ code: 'VOLUME_INVALID_NAME' })
      )
    }
    for (const parts of [
      { prefix: 'p', type: 'dblock', id: 'not hexadecimal' },
      { prefix: 'p', type: 'dblock', id: ID, compression: 'with.dot' },
      { prefix: 'p', type: 'dblock', id: ID, encryption: 'par2' }
    ] as const) {
      expect(() => formatVolumeName(parts)).toThrow(expect.objectContaining({ code: 'VOLUME_INVALID_NAME' }))
    }
  })

  test('15.1 that are made can be read back', () => {
    const prefix = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => /^[^-/\\\p{Cc}]+$/u.test(text))
    fc.assert(
      fc.property(
        prefix,
        fc.constantFrom('dblock' as const, 'dindex' as const),
        fc.stringMatching(/^[0-9a-f]{1,40}$/),
        fc.constantFrom(undefined, 'aes', 'gpg'),
        fc.integer({ min: 0, max: 253_402_300_799 }),
        (prefix, type, id, encryption, time) => {
          const name = formatVolumeName({ prefix, type, id, encryption })
          const letter = type === 'dblock' ? 'b' : 'i'
          expect(parseVolumeName(name)).toMatchObject({ name, prefix, type, id: `${letter}${id}` })
          expect(parseVolumeName(name)?.encryption).toBe(encryption)
          expect(parseVolumeName(formatVolumeName({ prefix, type: 'dlist', time }))?.time).toBe(time)
        }
      ),
      { seed: 3 }
    )
  })
})

test('15.2 every kind of file at a destination is recognised', () => {
  const kind = (name: string) => classifyRemoteName(name, { prefix: 'duplicati' }).kind
  expect(kind(`duplicati-b${ID}.dblock.zip.aes`)).toBe('volume')
  expect(kind(`duplicati-b${ID}.dblock.zip.aes.par2`)).toBe('parity')
  expect(kind('duplicati-verification.json')).toBe('verification')
  expect(kind('duplicati-access-privileges-test.tmp')).toBe('access-test')
  for (const name of [
    'other-verification.json',
    'README.txt',
    `soft-duplicati-b${ID}.dblock.zip`,
    'dup-1234'
  ]) {
    expect(kind(name)).toBe('foreign')
  }
})

test.each(entries)('%s: new ids are 32 random hexadecimal digits', (_name, format) => {
  expect(format.newVolumeId(() => Uint8Array.from({ length: 16 }, (_, i) => i))).toBe(
    '000102030405060708090a0b0c0d0e0f'
  )
  expect(format.newVolumeId()).toMatch(/^[0-9a-f]{32}$/)
  expect(format.newVolumeId()).not.toBe(format.newVolumeId())
})
