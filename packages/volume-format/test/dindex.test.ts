import { bytesAccess, collectSink, hashBytes, toBase64, toUrlBase64 } from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '../src/index.node.ts'
import type { VolumeSettings } from '../src/index.ts'
import { entries, noise, text, utf8 } from './entries.ts'
import { referenceZip } from './reference-zip.ts'

const NAME = 'duplicati-i0.dindex.zip'
const DBLOCK = 'duplicati-b0123.dblock.zip.aes'
const createdAt = new Date('2025-07-02T08:00:00Z')
const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA1' }
const manifest = native.encodeManifest(settings, { createdAt })
const sha256 = (bytes: Uint8Array) => hashBytes('SHA256', bytes)
const volumeHash = hashBytes('SHA1', utf8('volume'))

function begin() {
  const sink = collectSink()
  const compressor = native.createCompressor({ method: 'deflate', level: 1 })
  return { sink, writer: native.createDindexWriter({ sink, settings, compressor, createdAt }) }
}

function withVolume(json: string, name = `vol/${DBLOCK}`): Uint8Array {
  return referenceZip([
    ['manifest', manifest],
    [name, utf8(json)]
  ])
}

/** A hash whose Base64 has both letters that the two alphabets spell differently. */
function awkwardHash(): Uint8Array {
  for (let i = 0; ; i++) {
    const hash = sha256(utf8(String(i)))
    if (/\+.*\/|\/.*\+/.test(toBase64(hash))) return hash
  }
}

describe.each(entries)('dindex volumes, %s codecs', (_name, format) => {
  const open = (bytes: Uint8Array) => format.openDindex(bytesAccess(bytes), NAME, { settings })

  test('any blocks and lists survive', () => {
    const block = fc.tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.integer({ min: 1, max: 1024 }))
    fc.assert(
      fc.property(
        fc.array(fc.array(block, { maxLength: 20 }), { maxLength: 3 }),
        fc.uniqueArray(fc.integer({ min: 1, max: 32 }), { maxLength: 4 }),
        fc.boolean(),
        (volumes, lists, known) => {
          const { sink, writer } = begin()
          const raw = lists.map((count) => noise(count * 32, count))
          for (const list of raw) writer.addList(sha256(list), list)
          volumes.forEach((blocks, i) => {
            writer.addVolume({
              name: `duplicati-b${i}.dblock.zip`,
              hashes: new Uint8Array(Buffer.concat(blocks.map(([hash]) => hash))),
              sizes: Uint32Array.from(blocks, ([, size]) => size),
              ...(known ? { volumeHash, volumeSize: 2 ** 40 + i } : {})
            })
          })
          writer.finish()
          const dindex = open(sink.bytes())
          const read = [...dindex.volumes()]
          expect(read.map((volume) => volume.name)).toEqual(
            volumes.map((_, i) => `duplicati-b${i}.dblock.zip`)
          )
          read.forEach((volume, i) => {
            const blocks = volumes[i]!
            expect(volume.count).toBe(blocks.length)
            expect([...volume.sizes]).toEqual(blocks.map(([, size]) => size))
            expect(Buffer.from(volume.hashes).equals(Buffer.concat(blocks.map(([hash]) => hash)))).toBe(true)
            expect(volume.volumeSize).toBe(known ? 2 ** 40 + i : undefined)
            expect(volume.volumeHash?.join()).toBe(known ? volumeHash.join() : undefined)
            expect(volume.parsed.type).toBe('dblock')
          })
          const readLists = [...dindex.lists()].map(({ hash, bytes }) => [hash.join(), bytes.join()])
          expect(readLists).toEqual(raw.map((list) => [sha256(list).join(), list.join()]))
          expect(dindex.problems).toEqual([])
        }
      ),
      { seed: 41, numRuns: 25 }
    )
  })

  test('15.8 15.17 property order and alphabets are those of the format', () => {
    const hash = awkwardHash()
    const { sink, writer } = begin()
    writer.addVolume({ name: DBLOCK, hashes: hash, sizes: Uint32Array.of(28), volumeHash, volumeSize: 4804 })
    writer.finish()
    const archive = format.openZip(bytesAccess(sink.bytes()))
    expect(text(archive.read(archive.find(`vol/${DBLOCK}`), 1000))).toBe(
      `{"blocks":[{"hash":"${toBase64(hash)}","size":28}],"volumehash":"${toBase64(volumeHash)}","volumesize":4804}`
    )
    expect(toUrlBase64(hash)).toMatch(/[-_].*=$/)
  })

  test.each([
    ['no volume properties', `{"blocks":[]}`],
    ['a byte-order mark', `\ufeff{"blocks":[]}`],
    ['white space', ` { "blocks" : [ \n ] , "volumehash" : null , "volumesize" : null } \t`],
    [
      'another order and unknown properties',
      `{"x":{"y":[1,"}",true,null,-1.5e3]},"volumesize":null,"blocks":[]}`
    ]
  ])('reads an empty dblock with %s', (_case, json) => {
    const dindex = open(withVolume(json))
    expect([...dindex.volumes()]).toMatchObject([{ name: DBLOCK, count: 0 }])
    expect(dindex.problems).toEqual([])
  })

  test('reads blocks with further properties and escaped letters', () => {
    const hash = awkwardHash()
    const escaped = toBase64(hash).replaceAll('+', '\\u002B').replaceAll('/', '\\/')
    const json = `{"blocks":[{"size":7,"hash":"${escaped}","more":[{}],"z":1}],"volumesize":9,"volumehash":"${toBase64(volumeHash)}"}`
    const [volume] = open(withVolume(json)).volumes()
    expect(volume?.hashes.join()).toBe(hash.join())
    expect(volume).toMatchObject({ count: 1, volumeSize: 9 })
    expect(volume?.sizes[0]).toBe(7)
  })

  const hash64 = toBase64(sha256(utf8('')))
  test.each([
    ['no object', '[]'],
    ['no end', '{"blocks":['],
    ['something behind', '{"blocks":[]}}'],
    ['a block without size', `{"blocks":[{"hash":"${hash64}"}]}`],
    ['a block without hash', `{"blocks":[{"size":5}]}`],
    ['an empty block object', `{"blocks":[${'{},'.repeat(500)}{}]}`],
    ['a short hash', `{"blocks":[{"hash":"AAAA","size":5}]}`],
    ['a hash of another length', `{"blocks":[{"hash":"${hash64.repeat(9)}","size":5}]}`],
    ['a size above the block size', `{"blocks":[{"hash":"${hash64}","size":1025}]}`],
    ['a negative size', `{"blocks":[{"hash":"${hash64}","size":-1}]}`],
    ['a fractional size', `{"blocks":[{"hash":"${hash64}","size":1.5}]}`],
    ['a volume size beyond 2^53', `{"blocks":[],"volumesize":99999999999999999999}`],
    ['deep nesting', `{"x":${'['.repeat(1000)}`]
  ])('leaves out a dblock with %s, and says so', (_case, json) => {
    const dindex = open(withVolume(json))
    expect([...dindex.volumes()]).toEqual([])
    expect(dindex.problems).toMatchObject([{ code: 'VOLUME_INDEX_INVALID', path: `vol/${DBLOCK}` }])
  })

  test('leaves out what is not the name of a dblock', () => {
    for (const name of ['vol/readme', `vol/${NAME}`, `vol/${DBLOCK}.par2`]) {
      const dindex = open(withVolume('{"blocks":[]}', name))
      expect([...dindex.volumes()]).toEqual([])
      expect(dindex.problems).toMatchObject([{ code: 'VOLUME_INVALID_NAME' }])
    }
  })

  test('15.19 leaves out lists with another hash, odd length or a wrong name, and keeps the others', () => {
    const good = noise(64)
    const dindex = open(
      referenceZip([
        ['manifest', manifest],
        [`list/${toUrlBase64(sha256(utf8('other')))}`, noise(32)],
        [`list/${toUrlBase64(sha256(noise(33)))}`, noise(33)],
        [`list/${toUrlBase64(sha256(utf8('')))}`, utf8('')],
        [`list/${toUrlBase64(sha256(noise(2048, 5)))}`, noise(2048, 5)],
        ['list/short', noise(32)],
        [`list\\${toUrlBase64(sha256(good))}`, good]
      ])
    )
    expect([...dindex.lists()].map((list) => list.bytes.join())).toEqual([good.join()])
    expect(dindex.problems.map((problem) => problem.code)).toEqual([
      'VOLUME_INDEX_INVALID',
      'VOLUME_INDEX_INVALID',
      'VOLUME_INDEX_INVALID',
      'VOLUME_LIMIT_EXCEEDED',
      'VOLUME_INDEX_INVALID'
    ])
  })

  test('a copy names the dblock under which it was really uploaded', () => {
    const { sink, writer } = begin()
    const list = noise(64)
    writer.addList(sha256(list), list)
    writer.addVolume({
      name: DBLOCK,
      hashes: sha256(list),
      sizes: Uint32Array.of(64),
      volumeHash,
      volumeSize: 100
    })
    writer.finish()
    const to = 'duplicati-bfedc.dblock.zip.aes'
    const copy = collectSink()
    const source = bytesAccess(sink.bytes())
    expect(format.renameInDindex(source, copy, { from: DBLOCK, to, createdAt })).toBe(copy.sizeBytes)
    const dindex = open(copy.bytes())
    expect([...dindex.volumes()]).toMatchObject([{ name: to, count: 1, volumeSize: 100 }])
    expect([...dindex.lists()]).toHaveLength(1)
    expect(() => format.renameInDindex(source, collectSink(), { from: to, to: DBLOCK, createdAt })).toThrow(
      expect.objectContaining({ code: 'VOLUME_ENTRY_MISSING' })
    )
  })
})

describe('writing dindexes', () => {
  test('a list that is there is not written again', () => {
    const { sink, writer } = begin()
    const list = noise(64)
    writer.addList(sha256(list), list)
    writer.addList(sha256(list), list)
    writer.finish()
    expect(native.openZip(bytesAccess(sink.bytes())).directory.count).toBe(2)
  })

  test('what cannot be read back is refused', () => {
    const { writer } = begin()
    expect(() => writer.addList(sha256(noise(33)), noise(33))).toThrow(RangeError)
    expect(() => writer.addList(sha256(utf8('')), utf8(''))).toThrow(RangeError)
    const none = { hashes: new Uint8Array(0), sizes: new Uint32Array(0) }
    expect(() => writer.addVolume({ name: NAME, ...none })).toThrow(
      expect.objectContaining({ code: 'VOLUME_INVALID_NAME' })
    )
    expect(() => writer.addVolume({ name: DBLOCK, ...none, sizes: Uint32Array.of(1) })).toThrow(RangeError)
  })
})
