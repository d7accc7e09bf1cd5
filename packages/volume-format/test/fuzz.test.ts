import { createAesCryptKeyring } from '@tercet/crypto'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeMetadata, decodeVerificationFile, parseVolumeName } from '../src/index.ts'
import { entries, utf8 } from './entries.ts'
import { type FuzzedVolume, fuzzCorpus, fuzzedVolume, randomOf } from './fuzz-volumes.ts'
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
