import { deflateRawSync, zstdCompressSync } from 'node:zlib'
import { bytesAccess, collectSink, type RandomAccess } from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as native from '../src/index.node.ts'
import type { Archive, CompressionSetting } from '../src/index.ts'
import { entries, noise, text, utf8 } from './entries.ts'
import { referenceZip } from './reference-zip.ts'

const createdAt = new Date('2025-07-02T08:00:00Z')
const settings: CompressionSetting[] = [
  { method: 'none' },
  { method: 'deflate', level: 6 },
  { method: 'zstd', level: 3 }
]

type Content = readonly (readonly [name: string, content: Uint8Array, setting: CompressionSetting])[]

function writeZip(content: Content): Uint8Array {
  const sink = collectSink()
  const writer = native.createZipWriter(sink, { createdAt })
  for (const [name, bytes, setting] of content) {
    const compressor = native.createCompressor(setting)
    const packed = compressor.compress(bytes)
    writer.addEntry(utf8(name), bytes, packed, compressor.method)
  }
  const announced = writer.sizeBytes
  expect(writer.entryCount).toBe(content.length)
  expect(writer.finish()).toBe(announced)
  expect(sink.sizeBytes).toBe(announced)
  return sink.bytes()
}

const MOST = 2 ** 31
const BOMB_BYTES = 2 ** 25
const contents = (archive: Archive) =>
  Array.from({ length: archive.directory.count }, (_, i) => [
    archive.name(i),
    Buffer.from(archive.read(i, MOST)).toString('hex')
  ])
const hex = (content: Content) => content.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])

describe.each(entries)('zip archives, %s codecs', (_name, format) => {
  test('header and content of an entry take one read', () => {
    const content: Content = settings.map((setting, i) => [`entry-${i}`, noise(5000), setting])
    const zip = bytesAccess(writeZip(content))
    const reads: number[] = []
    const archive = format.openZip({
      size: zip.size,
      read(offset, length) {
        reads.push(length)
        return zip.read(offset, length)
      }
    })
    for (const [i, [name, bytes]] of content.entries()) {
      reads.length = 0
      expect(Buffer.compare(archive.read(i, 5000), bytes)).toBe(0)
      expect(reads).toEqual([30 + name.length + archive.directory.packedSizes[i]!])
    }
  })

  test('15.39 any entries survive, with their methods mixed', async () => {
    const entry = fc.record({
      name: fc
        .string({ minLength: 1, maxLength: 30, unit: 'grapheme' })
        .filter((name) => !name.includes('\\')),
      size: fc.oneof(fc.nat(300), fc.constantFrom(262_143, 262_144, 300_000)),
      period: fc.constantFrom(1, 7, 1_000_000),
      setting: fc.constantFrom(...settings)
    })
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(entry, { maxLength: 6, selector: (e) => e.name }), async (drawn) => {
        const content = drawn.map(({ name, size, period, setting }, i) => {
          const unit = noise(Math.min(period, size), i + 1)
          return [
            name,
            Uint8Array.from({ length: size }, (_, at) => unit[at % unit.length] ?? 0),
            setting
          ] as const
        })
        const archive = format.openZip(bytesAccess(writeZip(content)))
        expect(archive.recovered).toBe(false)
        expect(contents(archive)).toEqual(hex(content))
        for (let i = 0; i < content.length; i++) {
          expect(archive.find(content[i]![0])).toBe(i)
          const streamed = Buffer.concat(await Array.fromAsync(archive.stream(i, MOST)))
          expect(streamed.equals(content[i]![1])).toBe(true)
        }
      }),
      { seed: 19, numRuns: 25 }
    )
  })

  const sample: Content = [
    ['manifest', utf8('{"Version":2}'), settings[0]!],
    ['list/one', utf8('abc'.repeat(500)), settings[1]!],
    ['vol/two', noise(1000), settings[0]!],
    ['extra/dreißig', utf8('x'.repeat(2000)), settings[2]!]
  ]

  test('15.39 a broken or cut off directory does not matter', () => {
    const whole = writeZip(sample)
    const directoryAt = Buffer.from(whole).indexOf('PK\u0001\u0002')
    for (const cut of [whole.length - 1, whole.length - 30, directoryAt + 5, directoryAt]) {
      const archive = format.openZip(bytesAccess(whole.subarray(0, cut)))
      expect(archive.recovered).toBe(true)
      expect(contents(archive)).toEqual(hex(sample))
    }
    for (const at of [directoryAt, directoryAt + 46 + 8]) {
      const broken = whole.slice()
      broken[at] = 0
      expect(contents(format.openZip(bytesAccess(broken)))).toEqual(hex(sample))
    }
  })

  test('every entry that is complete is found, provided that there are two', () => {
    const whole = writeZip(sample)
    const third = Buffer.from(whole).indexOf('vol/two')
    expect(contents(format.openZip(bytesAccess(whole.subarray(0, third + 900))))).toEqual(
      hex(sample.slice(0, 2))
    )
    for (const length of [0, 10, 60]) {
      expect(() => format.openZip(bytesAccess(whole.subarray(0, length)))).toThrow(
        expect.objectContaining({ code: 'VOLUME_ARCHIVE_INVALID' })
      )
    }
    // Damage in the middle costs one entry only.
    const hole = whole.slice(0, Buffer.from(whole).indexOf('PK\u0001\u0002'))
    hole.fill(0, Buffer.from(whole).indexOf('list/one') - 30, Buffer.from(whole).indexOf('list/one'))
    const found = format.openZip(bytesAccess(hole))
    expect(contents(found)).toEqual(hex(sample.filter(([name]) => name !== 'list/one')))
  })

  test.each([
    ['data descriptors with signature', { descriptor: 'signed' }],
    ['data descriptors without signature', { descriptor: 'plain' }],
    ['wide data descriptors', { descriptor: 'wide' }],
    ['zip64 fields where none are needed', { zip64: true }],
    ['zero-filled extra fields', { extra: new Uint8Array(24) }],
    ['an archive comment', { comment: 'written by hand' }],
    ['any version and system', { version: 0xff63, madeBy: 0x0a3f }],
    ['a directory in another order', { reversed: true }]
  ] as const)('accepts %s', (_case, options) => {
    const plain = [
      ['manifest', utf8('{}')],
      ['list/abc', utf8('deflated '.repeat(50))],
      ['last', noise(100)]
    ] as const
    const archive = referenceZip(plain, options)
    const expected = plain.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')])
    expect(contents(format.openZip(bytesAccess(archive)))).toEqual(expected)
    const { length } = archive
    const recovered = format.openZip(bytesAccess(archive.subarray(0, length - 30)))
    expect(recovered.recovered).toBe(true)
    expect(contents(recovered)).toEqual(expected)
  })

  test('15.39 takes a backslash for a separator, and either of two entries of a name', () => {
    const archive = format.openZip(
      bytesAccess(
        referenceZip([
          ['manifest', utf8('{}')],
          ['vol\\a', utf8('one')],
          ['vol/a', utf8('one')]
        ])
      )
    )
    expect(archive.name(1)).toBe('vol/a')
    expect(archive.find('vol/a')).toBe(1)
  })

  test('damage to content is found', async () => {
    const whole = writeZip(sample)
    for (const [i, [name]] of sample.entries()) {
      const damaged = whole.slice()
      const at = Buffer.from(whole).indexOf(name) + Buffer.byteLength(name) + 3
      damaged[at]! ^= 0x40
      const archive = format.openZip(bytesAccess(damaged))
      expect(() => archive.read(i, MOST)).toThrow(expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' }))
      await expect(Array.fromAsync(archive.stream(i, MOST))).rejects.toMatchObject({
        code: 'VOLUME_ENTRY_DAMAGED'
      })
      expect(() => format.openZip(bytesAccess(whole)).read(i, MOST)).not.toThrow()
    }
  })

  test('larger entries than allowed are not unpacked', async () => {
    const archive = format.openZip(bytesAccess(writeZip(sample)))
    expect(() => archive.read(3, 1999)).toThrow(expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' }))
    await expect(Array.fromAsync(archive.stream(3, 1999))).rejects.toMatchObject({
      code: 'VOLUME_LIMIT_EXCEEDED'
    })
    expect(archive.read(3, 2000)).toHaveLength(2000)
  })

  test('bytes changed at random are an error with a code, or change nothing that is checked', () => {
    const whole = writeZip(sample)
    const original = new Map(sample.map(([name, bytes]) => [name, Buffer.from(bytes).toString('hex')]))
    let intact = 0
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const damaged = whole.slice()
          for (const [at, value] of changes) damaged[at] = value
          const coded = (action: () => void) => {
            try {
              action()
            } catch (error) {
              expect((error as { code?: string }).code).toMatch(/^VOLUME_/)
            }
          }
          coded(() => {
            const archive = format.openZip(bytesAccess(damaged))
            for (let i = 0; i < archive.directory.count; i++) {
              coded(() => {
                const content = Buffer.from(archive.read(i, MOST)).toString('hex')
                if (original.get(archive.name(i)) === content) intact++
              })
            }
          })
        }
      ),
      { seed: 23, numRuns: 500 }
    )
    expect(intact).toBeGreaterThan(500)
  })

  test('a directory that lies costs neither memory nor time', () => {
    const whole = writeZip(sample)
    const view = (bytes: Uint8Array) => new DataView(bytes.buffer)
    const end = whole.length - 22
    const directoryAt = Buffer.from(whole).indexOf('PK\u0001\u0002')
    // The end record announces more than there is: the entries are found by their headers.
    for (const [at, value] of [
      [end + 10, 0xfffe],
      [end + 12, 0x7fffffff],
      [end + 16, 0xfffffff0]
    ] as const) {
      const lying = whole.slice()
      view(lying).setUint32(at, value, true)
      expect(contents(format.openZip(bytesAccess(lying)))).toEqual(hex(sample))
    }
    // An entry announces a size that its bytes cannot have.
    const lying = whole.slice()
    view(lying).setUint32(directoryAt + 24, 0x7fffffff, true)
    const archive = format.openZip(bytesAccess(lying))
    expect(() => archive.read(0, MOST)).toThrow(expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' }))
    // An entry lies beyond the end of the file.
    const far = whole.slice()
    view(far).setUint32(directoryAt + 42, 0x7ffffff0, true)
    const beyond = format.openZip(bytesAccess(far))
    expect(() => beyond.read(beyond.find('manifest'), MOST)).toThrow(
      expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' })
    )
  })

  test.each([
    ['deflate', 8, deflateRawSync(Buffer.alloc(BOMB_BYTES))],
    ['zstd', 93, zstdCompressSync(Buffer.alloc(BOMB_BYTES))]
  ])(
    'what unpacks to a thousand times its size is unpacked in small steps: %s',
    async (_method, method, packed) => {
      const zeros = new Uint8Array(BOMB_BYTES)
      const sink = collectSink()
      const writer = native.createZipWriter(sink, { createdAt })
      writer.addEntry(utf8('bomb'), zeros, packed, method)
      writer.finish()
      expect(sink.sizeBytes).toBeLessThan(BOMB_BYTES / 900)
      const archive = format.openZip(bytesAccess(sink.bytes()))
      let seen = 0
      for await (const chunk of archive.stream(0, BOMB_BYTES)) {
        expect(chunk.length).toBeLessThanOrEqual(18 * 2 ** 20)
        seen += chunk.length
        if (seen > BOMB_BYTES / 2) break
      }
      expect(seen).toBeLessThan(BOMB_BYTES)
      expect(() => archive.read(0, BOMB_BYTES - 1)).toThrow(
        expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' })
      )
    }
  )
})

describe('zip64', () => {
  test('15.39 is used for 65535 entries and more, and not before', () => {
    for (const [count, extra] of [
      [65_534, 22],
      [65_535, 98],
      [70_000, 98]
    ] as const) {
      const sink = collectSink()
      const writer = native.createZipWriter(sink, { createdAt })
      const empty = new Uint8Array(0)
      let names = 0
      for (let i = 0; i < count; i++) {
        const name = utf8(i.toString(36))
        names += name.length
        writer.addEntry(name, empty, empty, 0)
      }
      expect(writer.sizeBytes).toBe(count * 76 + names * 2 + extra)
      expect(writer.finish()).toBe(count * 76 + names * 2 + extra)
      const archive = native.openZip(bytesAccess(sink.bytes()))
      expect(archive.recovered).toBe(false)
      expect(archive.directory.count).toBe(count)
      expect(archive.name(count - 1)).toBe((count - 1).toString(36))
      expect(archive.find((count >> 1).toString(36))).toBe(count >> 1)
    }
  })

  test('holds sizes and offsets beyond 4 GiB', () => {
    const sparse = sparseZeros()
    const writer = native.createZipWriter(sparse, { createdAt })
    const small = utf8('small')
    const huge = 5 * 2 ** 30
    writer.addEntry(utf8('before'), small, small, 0)
    writer.beginEntry(utf8('huge'), 0, 0, huge, huge)
    const zeros = new Uint8Array(2 ** 28)
    for (let done = 0; done < huge; done += zeros.length) writer.writePacked(zeros)
    writer.addEntry(utf8('after'), small, small, 0)
    const announced = writer.sizeBytes
    expect(writer.finish()).toBe(announced)
    const access = sparse.access()
    expect(access.size).toBe(announced)

    const archive = native.openZip(access)
    expect(archive.recovered).toBe(false)
    expect([0, 1, 2].map((i) => archive.name(i))).toEqual(['before', 'huge', 'after'])
    expect(archive.directory.sizes[1]).toBe(huge)
    expect(archive.directory.packedSizes[1]).toBe(huge)
    expect(archive.directory.offsets[2]).toBeGreaterThan(huge)
    expect(text(archive.read(2, 100))).toBe('small')
  })

  test('an entry has to be as long as announced', () => {
    const writer = native.createZipWriter(collectSink(), { createdAt })
    writer.beginEntry(utf8('name'), 0, 0, 5, 5)
    expect(() => writer.writePacked(noise(6))).toThrow(RangeError)
    const other = native.createZipWriter(collectSink(), { createdAt })
    other.beginEntry(utf8('name'), 0, 0, 5, 5)
    expect(() => other.finish()).toThrow(TypeError)
    expect(() => other.beginEntry(utf8('b'), 0, 0, 0, 0)).toThrow(TypeError)
  })
})

test('time stamps are in UTC and stay within what the field holds', () => {
  const stamp = (date: string) => {
    const sink = collectSink()
    native.createZipWriter(sink, { createdAt: new Date(date) }).addEntry(utf8('x'), utf8(''), utf8(''), 0)
    const writer = native.createZipWriter(sink, { createdAt: new Date(date) })
    writer.addEntry(utf8('x'), utf8(''), utf8(''), 0)
    writer.finish()
    return new DataView(sink.bytes().buffer).getUint32(10, true)
  }
  expect(stamp('2025-07-02T08:00:00Z')).toBe((((45 << 9) | (7 << 5) | 2) << 16) | (8 << 11))
  expect(stamp('1970-01-01T00:00:00Z')).toBe(((1 << 5) | 1) << 16)
  expect(stamp('2200-01-01T00:00:00Z')).toBe((((127 << 9) | (1 << 5) | 1) << 16) >>> 0)
})

/** Keeps what is not zero; long runs of zeros take no memory. */
function sparseZeros() {
  const pieces: { at: number; bytes: Uint8Array }[] = []
  let size = 0
  return {
    write(bytes: Uint8Array) {
      if (bytes.length < 2 ** 20) pieces.push({ at: size, bytes: bytes.slice() })
      size += bytes.length
    },
    access: (): RandomAccess => ({
      size,
      read(offset, length) {
        const result = new Uint8Array(length)
        for (const { at, bytes } of pieces) {
          const from = Math.max(at, offset)
          const to = Math.min(at + bytes.length, offset + length)
          if (from < to) result.set(bytes.subarray(from - at, to - at), from - offset)
        }
        return result
      }
    })
  }
}
