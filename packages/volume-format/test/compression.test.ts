import { constants, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCompressor } from '../src/compressor.ts'
import * as native from '../src/index.node.ts'
import {
  type CompressionSetting,
  compressionFromZipOptions,
  formatCompression,
  METHOD_DEFLATE,
  METHOD_STORED,
  METHOD_ZSTD,
  parseCompression
} from '../src/index.ts'
import { looksLikeNoise } from '../src/noise.ts'
import type { Platform } from '../src/platform.ts'
import { entries, noise, utf8 } from './entries.ts'

describe('settings', () => {
  test.each([
    ['none', { method: 'none' }],
    ['deflate:1', { method: 'deflate', level: 1 }],
    ['deflate:9', { method: 'deflate', level: 9 }],
    ['zstd:22', { method: 'zstd', level: 22 }]
  ] as const)('%s', (text, setting) => {
    expect(parseCompression(text)).toEqual(setting)
    expect(formatCompression(setting)).toBe(text)
  })

  test('a method alone has a usual level', () => {
    expect(parseCompression('deflate')).toEqual({ method: 'deflate', level: 6 })
    expect(parseCompression('zstd')).toEqual(native.DEFAULT_COMPRESSION)
  })

  test.each(['', 'zip', 'deflate:0', 'deflate:10', 'zstd:23', 'none:1', 'zstd:1.5', 'ZSTD:1', ' zstd'])(
    'rejects %j',
    (text) => {
      expect(() => parseCompression(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' }))
    }
  )

  test.each([
    [{}, 'deflate:9'],
    [{ level: 0 }, 'none'],
    [{ level: 1 }, 'none'],
    [{ level: 2 }, 'deflate:2'],
    [{ method: 'None', level: 9 }, 'none'],
    [{ method: 'ZStandard', level: 0 }, 'none'],
    [{ method: 'ZStandard', level: 1 }, 'zstd:2'],
    [{ method: 'zstandard', level: 3 }, 'zstd:7'],
    [{ method: 'ZStandard' }, 'zstd:21']
  ])("Duplicati's %o means %s", (options, expected) => {
    expect(formatCompression(compressionFromZipOptions(options))).toBe(expected)
  })

  test.each([
    [{ method: 'LZMA' }, 'VOLUME_UNSUPPORTED_METHOD'],
    [{ method: 'Zstd' }, 'CONFIG_INVALID_VALUE'],
    [{ level: 10 }, 'CONFIG_INVALID_VALUE'],
    [{ level: 1.5 }, 'CONFIG_INVALID_VALUE']
  ])('rejects %o', (options, code) => {
    expect(() => compressionFromZipOptions(options)).toThrow(expect.objectContaining({ code }))
  })
})

const prose = utf8('the quick brown fox jumps over the lazy dog; '.repeat(3000))
const compressing: CompressionSetting[] = [
  { method: 'deflate', level: 6 },
  { method: 'zstd', level: 1 },
  { method: 'zstd', level: 9 }
]

describe.each(compressing)('compressor %o', (setting) => {
  test.each(['', '1'])('stores what does not get smaller (TERCET_NO_NATIVE=%j)', (noNative) => {
    withoutNative(noNative, () => {
      using compressor = native.createCompressor(setting)
      for (const size of [1, 63, 200, 2000, 40_000, 1_000_000]) {
        const data = noise(size)
        expect(compressor.compress(data)).toBe(data)
        expect(compressor.method).toBe(METHOD_STORED)
      }
      const packed = compressor.compress(prose)
      expect(compressor.method).toBe(setting.method === 'zstd' ? METHOD_ZSTD : METHOD_DEFLATE)
      const content = setting.method === 'zstd' ? zstdDecompressSync(packed) : inflateRawSync(packed)
      expect(content.equals(prose)).toBe(true)
      expect(compressor.compress(prose, 'store')).toBe(prose)
      expect(compressor.method).toBe(METHOD_STORED)
    })
  })

  test('what comes after noise is packed again at once', () => {
    using compressor = native.createCompressor(setting)
    for (let block = 0; block < 40; block++) compressor.compress(noise(40_000, block + 1))
    compressor.compress(prose)
    expect(compressor.method).not.toBe(METHOD_STORED)
  })
})

describe('noise', () => {
  test('is told from data of every size', () => {
    for (const size of [1024, 2048, 40_000, 200_000]) {
      for (let seed = 1; seed <= 3; seed++) expect(looksLikeNoise(noise(size, seed * 7919))).toBe(true)
      expect(looksLikeNoise(zstdCompressSync(utf8(numbers(size * 3))).subarray(0, size))).toBe(true)
      expect(looksLikeNoise(prose.subarray(0, size))).toBe(false)
      expect(looksLikeNoise(utf8(Buffer.from(noise(size)).toString('base64').slice(0, size)))).toBe(false)
      expect(looksLikeNoise(noise(size).map((byte) => byte & 0xdf))).toBe(false)
    }
  })

  test('is not seen in data that is too short to tell', () => {
    expect(looksLikeNoise(noise(511))).toBe(false)
  })

  test('costs no codec a try, except where Zstandard is quicker than a look', () => {
    const tried: string[] = []
    const crypto = {} as Platform['crypto']
    const platform = {
      crypto,
      createEncoder: (method: string, level: number) => ({
        compress(data: Uint8Array) {
          tried.push(`${method}:${level} ${data.length}`)
          return undefined
        },
        [Symbol.dispose]() {}
      })
    } as Partial<Platform> as Platform
    for (const setting of ['deflate:1', 'zstd:9']) {
      using compressor = createCompressor(platform, parseCompression(setting))
      for (const size of [500, 4096, 40_000, 1_000_000]) compressor.compress(noise(size))
    }
    expect(tried).toEqual(['deflate:1 500', 'zstd:9 500', 'zstd:9 4096'])
  })
})

test.each([
  ['zstd:1', 1, 3],
  ['zstd:5', 5, 5]
] as const)('%s packs blocks of a middle size at level 3 at least', (setting, usual, medium) => {
  using compressor = native.createCompressor(parseCompression(setting))
  const words = utf8(numbers(300_000))
  for (const size of [4096, 4097, 262_144, 262_145]) {
    const level = size > 4096 && size <= 262_144 ? medium : usual
    const data = words.subarray(0, size)
    const params = { [constants.ZSTD_c_compressionLevel]: level }
    expect(compressor.compress(data).length).toBe(
      zstdCompressSync(data, { params, pledgedSrcSize: size }).length
    )
  }
})

/** Text that compresses, but not to nothing. */
function numbers(sizeBytes: number): string {
  const values = noise(sizeBytes, 3)
  let made = ''
  for (let i = 0; made.length < sizeBytes; i++)
    made += `${(values[i]! * 31) % 97} of ${values[i + 1]! >> 3}, `
  return made.slice(0, sizeBytes)
}

test('small data and data that begins like noise are handled by their content', () => {
  using compressor = native.createCompressor({ method: 'deflate', level: 1 })
  const mixed = new Uint8Array(200_000)
  mixed.set(noise(1000))
  compressor.compress(mixed)
  expect(compressor.method).toBe(METHOD_DEFLATE)
  compressor.compress(utf8('a'.repeat(64)))
  expect(compressor.method).toBe(METHOD_DEFLATE)
})

test('the portable entry cannot write Zstandard and says so', () => {
  const [[, portable]] = entries as [(typeof entries)[0]]
  expect(() => portable.createCompressor({ method: 'zstd', level: 1 })).toThrow(
    expect.objectContaining({ code: 'VOLUME_UNSUPPORTED_METHOD' })
  )
})

const decompressing = [
  ...entries.map(([name, format]) => [name, format, ''] as const),
  ['node without native', native, '1'] as const
]

describe.each(decompressing)('decompressor, %s codecs', (_name, format, noNative) => {
  const before = process.env['TERCET_NO_NATIVE']
  beforeAll(() => {
    process.env['TERCET_NO_NATIVE'] = noNative
  })
  afterAll(() => {
    if (before === undefined) delete process.env['TERCET_NO_NATIVE']
    else process.env['TERCET_NO_NATIVE'] = before
  })

  const samples: [number, Uint8Array, Uint8Array][] = []
  for (const content of [prose, noise(50_000), utf8('x'.repeat(300))]) {
    for (const setting of compressing) {
      const compressor = native.createCompressor(setting)
      samples.push([0, content, new Uint8Array(compressor.compress(content))])
      samples.at(-1)![0] = compressor.method
    }
  }

  test('unpacks to exactly the announced length', () => {
    using decompressor = format.createDecompressor()
    for (const [method, content, packed] of samples) {
      const unpacked = decompressor.decompress(method, packed, content.length)
      expect(Buffer.from(unpacked).equals(content)).toBe(true)
      for (const wrong of [content.length - 1, content.length + 1]) {
        expect(() => decompressor.decompress(method, packed, wrong)).toThrow(
          expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' })
        )
      }
    }
  })

  test('finds cut off and impossible data', () => {
    using decompressor = format.createDecompressor()
    for (const [method, content, packed] of samples) {
      for (const length of [0, 1, 5, packed.length >> 1, packed.length - 1]) {
        expect(() => decompressor.decompress(method, packed.subarray(0, length), content.length)).toThrow(
          expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' })
        )
      }
    }
    for (const method of [METHOD_STORED, METHOD_DEFLATE, METHOD_ZSTD]) {
      expect(() => decompressor.decompress(method, noise(100), 2 ** 31 - 1)).toThrow(
        expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' })
      )
    }
  })

  test.each([
    [9, 'Deflate64'],
    [12, 'BZip2'],
    [14, 'LZMA'],
    [95, 'XZ'],
    [98, 'PPMd'],
    [77, '77']
  ])('names method %i, which it does not read', (method, name) => {
    using decompressor = format.createDecompressor()
    expect(() => decompressor.decompress(method, noise(10), 10)).toThrow(
      expect.objectContaining({
        code: 'VOLUME_UNSUPPORTED_METHOD',
        message: expect.stringContaining(name) as unknown
      })
    )
  })
})

function withoutNative(value: string, action: () => void): void {
  const before = process.env['TERCET_NO_NATIVE']
  process.env['TERCET_NO_NATIVE'] = value
  try {
    action()
  } finally {
    if (before === undefined) delete process.env['TERCET_NO_NATIVE']
    else process.env['TERCET_NO_NATIVE'] = before
  }
}
