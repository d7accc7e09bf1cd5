import {
  bytesAccess,
  collectSink,
  HASH_ALGORITHMS,
  hashBytes,
  hashSizeBytes,
  toUrlBase64
} from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '../src/index.node.ts'
import type { DblockReader, VolumeSettings } from '../src/index.ts'
import { entries, noise, utf8 } from './entries.ts'
import { referenceZip } from './reference-zip.ts'

const NAME = 'duplicati-b0.dblock.zip'
const createdAt = new Date('2025-07-02T08:00:00Z')
const settings: VolumeSettings = { blocksize: 1024, blockHash: 'SHA256', fileHash: 'SHA256' }

function begin(options: Partial<Parameters<typeof native.createDblockWriter>[0]> = {}) {
  const sink = collectSink()
  const compressor = native.createCompressor({ method: 'zstd', level: 1 })
  const writer = native.createDblockWriter({
    sink,
    settings,
    compressor,
    createdAt,
    dblockSizeBytes: 2 ** 20,
    ...options
  })
  return { sink, writer }
}

function allBlocks(volume: DblockReader): string[] {
  return Array.from({ length: volume.count }, (_, i) => Buffer.from(volume.readBlock(i)).toString('hex'))
}

describe.each(entries)('dblock volumes, %s codecs', (_name, format) => {
  test('blocks of any algorithm are named, counted, found and read back', () => {
    const block = fc.uint8Array({ minLength: 1, maxLength: 1024 })
    fc.assert(
      fc.property(
        fc.constantFrom(...HASH_ALGORITHMS),
        fc.array(block, { maxLength: 30 }),
        (blockHash, drawn) => {
          const { sink, writer } = begin({ settings: { ...settings, blockHash } })
          const kept: string[] = []
          for (const data of drawn) {
            const hex = Buffer.from(data).toString('hex')
            expect(writer.addBlock(hashBytes(blockHash, data), data)).toBe(!kept.includes(hex))
            if (!kept.includes(hex)) kept.push(hex)
          }
          expect(writer.blockCount).toBe(kept.length)
          const announced = writer.sizeBytes
          const content = writer.finish()
          expect(content.sizeBytes).toBe(announced)
          expect(sink.sizeBytes).toBe(announced)
          expect([...content.sizes]).toEqual(kept.map((hex) => hex.length / 2))

          const volume = format.openDblock(bytesAccess(sink.bytes()), NAME, {
            settings: { ...settings, blockHash }
          })
          expect(allBlocks(volume)).toEqual(kept)
          expect([...volume.sizes]).toEqual([...content.sizes])
          expect(Buffer.from(volume.hashes).equals(content.hashes)).toBe(true)
          kept.forEach((hex, i) => {
            const hash = hashBytes(blockHash, Buffer.from(hex, 'hex'))
            expect(volume.find(hash)).toBe(i)
            expect(Buffer.from(volume.hashAt(i)).equals(hash)).toBe(true)
          })
          expect(volume.find(new Uint8Array(hashSizeBytes(blockHash)))).toBe(-1)
          expect(() => volume.readBlock(kept.length)).toThrow(RangeError)
        }
      ),
      { seed: 37, numRuns: 30 }
    )
  })

  test('an empty volume holds nothing but its manifest', () => {
    const { sink, writer } = begin()
    expect(writer.finish()).toMatchObject({ count: 0 })
    const volume = format.openDblock(bytesAccess(sink.bytes()), NAME)
    expect(volume.count).toBe(0)
    expect(volume.problems).toEqual([])
    expect(volume.manifest).toMatchObject(settings)
  })

  test('15.9 only entries that are named like a block of possible length are blocks', () => {
    const data = utf8('block')
    const hash = hashBytes('SHA256', data)
    const name = toUrlBase64(hash)
    const manifest = format.encodeManifest(settings, { createdAt })
    const longName = toUrlBase64(hashBytes('SHA256', noise(1025)))
    const volume = format.openDblock(
      bytesAccess(
        referenceZip([
          ['manifest', manifest],
          [name, data],
          ['folder/entry', data],
          ['AAAA', data],
          [name.replace('=', ''), data],
          [name.replace(/.=$/, '_='), data],
          [longName, noise(1025)],
          [toUrlBase64(hashBytes('SHA256', utf8(''))), utf8('')],
          [name, utf8('other')]
        ])
      ),
      NAME
    )
    expect(volume.count).toBe(1)
    expect(Buffer.from(volume.readBlock(0)).toString()).toBe('block')
    expect(volume.problems.map((problem) => problem.code)).toEqual([
      'VOLUME_BLOCK_DAMAGED',
      'VOLUME_BLOCK_DAMAGED'
    ])
    expect(volume.problems[0]?.path).toBe(longName)
  })

  test('a block whose content is another is damaged, its neighbours are not', () => {
    const blocks = [noise(1000, 1), utf8('abc '.repeat(200)), noise(500, 3)]
    const { sink, writer } = begin()
    for (const block of blocks) writer.addBlock(hashBytes('SHA256', block), block)
    writer.finish()
    const file = Buffer.from(sink.bytes())
    blocks.forEach((block, i) => {
      const damaged = Buffer.from(file)
      const name = toUrlBase64(hashBytes('SHA256', block))
      damaged[damaged.indexOf(name) + name.length + 20]! ^= 8
      const volume = format.openDblock(bytesAccess(damaged), NAME)
      expect(() => volume.readBlock(i)).toThrow(
        expect.objectContaining({ code: 'VOLUME_BLOCK_DAMAGED', context: { block: name } })
      )
      for (const other of [0, 1, 2]) if (other !== i) expect(() => volume.readBlock(other)).not.toThrow()
    })
  })

  test('a method that cannot be read is named', () => {
    const data = noise(100)
    const manifest = format.encodeManifest(settings, { createdAt })
    const block = toUrlBase64(hashBytes('SHA256', data))
    const file = Buffer.from(
      referenceZip([
        ['manifest', manifest],
        [block, data]
      ])
    )
    file.writeUInt16LE(14, file.lastIndexOf(block) - 46 + 10)
    const volume = format.openDblock(bytesAccess(file), NAME)
    expect(volume.count).toBe(1)
    expect(() => volume.readBlock(0)).toThrow(
      expect.objectContaining({
        code: 'VOLUME_UNSUPPORTED_METHOD',
        message: expect.stringContaining('LZMA') as unknown
      })
    )
  })

  test('a volume without its directory still gives its blocks', () => {
    const blocks = [noise(1000, 1), utf8('abc '.repeat(200))]
    const { sink, writer } = begin()
    for (const block of blocks) writer.addBlock(hashBytes('SHA256', block), block)
    writer.finish()
    const file = sink.bytes()
    const volume = format.openDblock(bytesAccess(file.subarray(0, file.length - 100)), NAME)
    expect(volume.recovered).toBe(true)
    expect(allBlocks(volume)).toEqual(blocks.map((block) => Buffer.from(block).toString('hex')))
  })
})

describe('writing dblocks', () => {
  test('blocks are copied as they are compressed, each once', () => {
    const blocks = [noise(1000, 1), utf8('abc '.repeat(200))]
    const { sink, writer } = begin()
    for (const block of blocks) writer.addBlock(hashBytes('SHA256', block), block)
    writer.finish()
    const source = native.openDblock(bytesAccess(sink.bytes()), NAME)
    const { sink: copySink, writer: copyWriter } = begin({
      compressor: native.createCompressor({ method: 'none' })
    })
    for (const expected of [true, false])
      blocks.forEach((_, i) => {
        expect(copyWriter.addPackedBlock(source.hashAt(i), source.packedBlock(i))).toBe(expected)
      })
    expect([...copyWriter.finish().sizes]).toEqual(blocks.map((block) => block.length))
    const copy = native.openDblock(bytesAccess(copySink.bytes()), NAME)
    expect(allBlocks(copy)).toEqual(allBlocks(source))
    blocks.forEach((_, i) => {
      const { bytes, ...packed } = copy.packedBlock(i)
      const kept = Buffer.from(bytes)
      const { bytes: sourceBytes, ...sourcePacked } = source.packedBlock(i)
      expect(packed).toEqual(sourcePacked)
      expect(kept.equals(sourceBytes)).toBe(true)
    })
    expect(() => source.packedBlock(2)).toThrow(RangeError)
  })

  test('15.16 a volume is full once a block of full length might not fit', () => {
    const compressor = native.createCompressor({ method: 'none' })
    const { writer } = begin({ compressor, dblockSizeBytes: 10_000 })
    let before = 0
    for (let i = 0; !writer.isFull; i++) {
      before = writer.sizeBytes
      const block = noise(1024, i + 1)
      writer.addBlock(hashBytes('SHA256', block), block)
    }
    expect(before).toBeLessThanOrEqual(10_000 - 1024)
    expect(writer.sizeBytes).toBeGreaterThan(10_000 - 1024)
    expect(writer.sizeBytes).toBeLessThanOrEqual(10_000 + 200)
  })

  test('blocks of impossible length and hashes of another algorithm are refused', () => {
    const { writer } = begin()
    const hash = hashBytes('SHA256', utf8('x'))
    expect(() => writer.addBlock(hash, new Uint8Array(0))).toThrow(RangeError)
    expect(() => writer.addBlock(hash, new Uint8Array(1025))).toThrow(RangeError)
    expect(() => writer.addBlock(hash.subarray(1), utf8('x'))).toThrow(RangeError)
  })

  test('hints decide on the method, which is mixed by entry', () => {
    const { sink, writer } = begin()
    const prose = utf8('compressible '.repeat(70))
    writer.addBlock(hashBytes('SHA256', prose), prose)
    const list = noise(96)
    writer.addBlock(hashBytes('SHA256', list), list, 'store')
    const stored = utf8('also compressible '.repeat(50))
    writer.addBlock(hashBytes('SHA256', stored), stored, 'store')
    writer.finish()
    const archive = native.openZip(bytesAccess(sink.bytes()))
    expect([...archive.directory.methods]).toEqual([0, 93, 0, 0])
  })

  test('a small block makes no object that stays', () => {
    // 20 000 blocks: the directory, the hashes and the sizes are packed, so memory grows by tables alone.
    const { writer } = begin({ dblockSizeBytes: 2 ** 30, sink: { write() {} } })
    const hash = new Uint8Array(32)
    const data = noise(40)
    for (let i = 0; i < 20_000; i++) {
      new DataView(hash.buffer).setUint32(0, i)
      writer.addBlock(hash, data)
    }
    expect(writer.blockCount).toBe(20_000)
    expect(writer.finish().hashes).toHaveLength(20_000 * 32)
  })
})
