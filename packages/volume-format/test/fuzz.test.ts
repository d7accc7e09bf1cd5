import { bytesAccess, createAesCryptKeyring } from '@tercet/crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeManifest, decodeMetadata, decodeVerificationFile, parseVolumeName } from '../src/index.ts'
import { readCorpus } from './corpus.ts'
import { entries, utf8 } from './entries.ts'
import { fuzzText, TEXT_PARSERS } from './fuzz-texts.ts'
import { type FuzzedVolume, fuzzCorpus, fuzzedVolume, randomOf } from './fuzz-volumes.ts'
import { manifest, stored } from './hostile-volumes.ts'
import { rawZip } from './raw-zip.ts'
import { readEverything } from './read-everything.ts'

const INPUTS = 150

describe.each(entries)('damaged volumes, %s codecs', (_, format) => {
  let corpus: FuzzedVolume[]
  beforeAll(() => {
    corpus = fuzzCorpus()
  })

  test('are read, or refused with a code; never anything else', async () => {
    const keyring = createAesCryptKeyring('abc')
    let refused = 0
    for (let seed = 1; seed <= INPUTS; seed++) {
      const { name, bytes } = fuzzedVolume(corpus, seed)
      const { codes, defects } = await readEverything(format, name, bytes, { keyring })
      expect([seed, name, defects]).toEqual([seed, name, []])
      if (codes.length > 0) refused++
    }
    expect(refused).toBeGreaterThan(INPUTS / 4)
  })
})

test('each volume of the corpus ends as it did', async () => {
  const keyring = createAesCryptKeyring('abc')
  const corpus = readCorpus()
  expect(corpus.length).toBeGreaterThan(50)
  for (const { name, codes, base64 } of corpus) {
    for (const [platform, format] of entries) {
      const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
      const outcome = await readEverything(format, name, bytes, { keyring })
      expect([name, outcome.defects]).toEqual([name, []])
      if (platform === 'node') expect([name, ...outcome.codes]).toEqual([name, ...codes])
    }
  }
})

test.each(Object.keys(TEXT_PARSERS))('a damaged %s is read, or refused with a code', (what) => {
  for (let seed = 1; seed <= 2000; seed++)
    expect([seed, fuzzText(TEXT_PARSERS[what]!, seed)]).toEqual([seed, undefined])
})

describe('JSON with keys that mean something to JavaScript', () => {
  const hostile =
    '{"__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}},"toString":"x","__proto__":"y"}'

  test('as metadata: an entry like any other', () => {
    const record = decodeMetadata(utf8(hostile))
    expect([...record]).toEqual([
      ['__proto__', 'y'],
      ['toString', 'x']
    ])
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('in a manifest, an index and a file list: passed over', async () => {
    const own = new TextDecoder().decode(manifest()).slice(1)
    const bytes = utf8(`${hostile.slice(0, -1)},${own}`)
    expect(decodeManifest(bytes)).toMatchObject({ blocksize: 1024 })
    expect(Object.getPrototypeOf(decodeManifest(bytes))).toBe(Object.prototype)
    for (const [, format] of entries) {
      const index = format.openVolume(
        bytesAccess(
          rawZip([
            stored('manifest', bytes),
            stored(
              'vol/duplicati-b00.dblock.zip',
              utf8(`${hostile.slice(0, -1)},"blocks":[],"volumesize":7}`)
            )
          ])
        ),
        'duplicati-i00.dindex.zip'
      )
      if (index.type !== 'dindex') throw new TypeError('no dindex')
      expect([...index.volumes()]).toMatchObject([{ volumeSize: 7, count: 0 }])
      const entry = `${hostile.slice(0, -1)},"type":"Folder","path":"/a/","metahash":"${'A'.repeat(43)}=","metasize":1}`
      const list = format.openVolume(
        bytesAccess(rawZip([stored('manifest', bytes), stored('filelist.json', utf8(`[${entry}]`))])),
        'duplicati-20250702T080000Z.dlist.zip'
      )
      if (list.type !== 'dlist') throw new TypeError('no dlist')
      const found = await Array.fromAsync(list.entries())
      expect(found.flat()).toMatchObject([{ type: 'Folder', path: '/a/' }])
      expect(found.flat().every((each) => !('polluted' in each))).toBe(true)
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('as a verification file: refused', () => {
    for (const text of [hostile, `[${hostile}]`]) {
      expect(() => decodeVerificationFile(utf8(text))).toThrow(
        expect.objectContaining({ code: 'VOLUME_VERIFICATION_INVALID' })
      )
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })
})

test('random names are parsed or foreign, in time by their length', () => {
  const pieces = [
    'duplicati',
    '-',
    'b',
    'i',
    '0',
    'f',
    '.',
    'dblock',
    'dlist',
    '.zip',
    '.aes',
    '.par2',
    '20250702T080000Z',
    '\n',
    '-b0'
  ]
  for (let seed = 1; seed <= 3000; seed++) {
    const random = randomOf(seed)
    const name = Array.from({ length: random(40) }, () => pieces[random(pieces.length)]).join('')
    const parsed = parseVolumeName(name)
    if (parsed !== undefined) expect(name).toContain(`${parsed.prefix}-${parsed.id}.`)
  }
})
