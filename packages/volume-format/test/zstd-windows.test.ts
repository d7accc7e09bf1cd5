import { promisify } from 'node:util'
import { constants, createZstdCompress, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as portable from '../src/index.ts'
import { METHOD_ZSTD } from '../src/index.ts'
import { ZstdWindowFitter } from '../src/zstd-windows.ts'
import { entries, noise, utf8 } from './entries.ts'

/** As a writer makes them that does not know the length: with the window of the level. */
async function frame(content: Uint8Array, level: number, windowLog = 0): Promise<Uint8Array> {
  const params = {
    [constants.ZSTD_c_compressionLevel]: level,
    [constants.ZSTD_c_checksumFlag]: 1,
    ...(windowLog === 0 ? {} : { [constants.ZSTD_c_windowLog]: windowLog })
  }
  const stream = createZstdCompress({ params })
  const chunks: Buffer[] = []
  stream.on('data', (chunk) => chunks.push(chunk))
  // A flush in between keeps the length out of the header.
  stream.write(content.subarray(0, content.length >> 1))
  await promisify((flushed: () => void) => stream.flush(() => flushed()))()
  stream.end(content.subarray(content.length >> 1))
  await new Promise((ended) => stream.on('end', ended))
  return new Uint8Array(Buffer.concat(chunks))
}

const skippable = Uint8Array.of(0x53, 0x2a, 0x4d, 0x18, 5, 0, 0, 0, 0x28, 0xb5, 0x2f, 0xfd, 0)
const windowOf = (bytes: Uint8Array) => 10 + (bytes[5]! >> 3)
const content = utf8('The window is as large as the level says. '.repeat(700))
let large: Uint8Array
let small: Uint8Array
beforeAll(async () => {
  large = await frame(content, 19)
  small = await frame(content, 1, 10)
})

test('the frames are what they should be here', () => {
  expect(windowOf(large)).toBe(23)
  expect(windowOf(small)).toBe(10)
})

test('a window is lowered to what the content needs, and its content stays', () => {
  const fitted = new ZstdWindowFitter(content.length).fit(large)
  expect(windowOf(fitted)).toBe(15)
  expect(windowOf(large)).toBe(23)
  expect(zstdDecompressSync(fitted)).toEqual(Buffer.from(content))
})

test('a window that is small enough costs no copy', () => {
  expect(new ZstdWindowFitter(content.length).fit(small)).toBe(small)
})

test('any number of frames, cut anywhere', () => {
  const two = noise(3000)
  return frame(two, 21).then((second) => {
    const all = new Uint8Array(Buffer.concat([large, skippable, second, skippable, small]))
    for (const step of [1, 2, 3, 5, 7, 64, 1000, all.length]) {
      const fitter = new ZstdWindowFitter(2 * content.length + two.length)
      const parts: Uint8Array[] = []
      for (let at = 0; at < all.length; at += step) parts.push(fitter.fit(all.slice(at, at + step)))
      const fitted = Buffer.concat(parts)
      expect(windowOf(fitted)).toBe(16)
      expect(windowOf(fitted.subarray(large.length + skippable.length))).toBe(16)
      const wanted = Buffer.concat([content, two, content])
      const unpacked = portable.createDecompressor().decompress(METHOD_ZSTD, fitted, wanted.length)
      expect(wanted.equals(unpacked)).toBe(true)
    }
  })
})

test('a window of more than anybody needs, for content that would fill it, is refused', async () => {
  const bytes = large.slice()
  bytes[5] = 20 << 3
  expect(() => new ZstdWindowFitter(2 ** 31).fit(bytes)).toThrow(
    expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' })
  )
  expect(windowOf(new ZstdWindowFitter(5000).fit(bytes))).toBe(13)
})

test('a single segment larger than the content is refused', () => {
  // 0xa0: single segment, four bytes of length.
  const bytes = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 1, 0, 0)
  expect(() => new ZstdWindowFitter(5000).fit(bytes)).toThrow(
    expect.objectContaining({ code: 'VOLUME_ENTRY_DAMAGED' })
  )
})

test('what is no frame is passed on', () => {
  const bytes = noise(500)
  expect(new ZstdWindowFitter(100).fit(bytes)).toBe(bytes)
})

describe.each(entries)('%s codecs', (_, format) => {
  const decompressor = format.createDecompressor()
  afterAll(() => decompressor[Symbol.dispose]())

  test('small content of the highest levels is unpacked', async () => {
    for (const level of [1, 9, 19, 22]) {
      const packed = await frame(content, level)
      expect(decompressor.decompress(METHOD_ZSTD, packed, content.length)).toEqual(content)
    }
  })
})
