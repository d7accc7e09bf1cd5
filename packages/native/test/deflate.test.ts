import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { loadNative } from '../src/index.ts'

const codec = loadNative()!.deflate!

describe('deflate with kept contexts', () => {
  it('is the library of the process', () => {
    expect(process.versions.zlib.startsWith(codec.version)).toBe(true)
  })

  it('writes what node:zlib reads and reads what node:zlib writes, with one context', () => {
    using compressor = codec.createCompressor(1)
    using decompressor = codec.createDecompressor()
    const target = new Uint8Array(5000)
    const back = new Uint8Array(4000)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (content) => {
        const written = compressor.compress(content, target)
        expect(Buffer.compare(inflateRawSync(target.subarray(0, written)), content)).toBe(0)
        const read = decompressor.decompress(deflateRawSync(content), back)
        expect(Buffer.compare(back.subarray(0, read), content)).toBe(0)
      }),
      { seed: 8, numRuns: 200 }
    )
  })

  it.each([1, 6, 9])('makes the same of it as node:zlib at level %i', (level) => {
    const content = Uint8Array.from({ length: 200_000 }, (_, at) => (at * at) >> (at % 13))
    using compressor = codec.createCompressor(level)
    const target = new Uint8Array(300_000)
    for (let turn = 0; turn < 3; turn++) {
      const written = compressor.compress(content, target)
      expect(Buffer.compare(target.subarray(0, written), deflateRawSync(content, { level }))).toBe(0)
    }
  })

  it('writes into a view, into memory that threads share, and nowhere else', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(300)).fill(7)
    using compressor = codec.createCompressor(1)
    const written = compressor.compress(new Uint8Array(100), shared.subarray(100, 200))
    expect(shared.subarray(0, 100).every((byte) => byte === 7)).toBe(true)
    expect(shared.subarray(200).every((byte) => byte === 7)).toBe(true)
    expect(inflateRawSync(shared.slice(100, 100 + written)).length).toBe(100)
  })

  it('says -1 when the target is too small, and works on', () => {
    using compressor = codec.createCompressor(1)
    using decompressor = codec.createDecompressor()
    const noise = crypto.getRandomValues(new Uint8Array(1000))
    expect(compressor.compress(noise, new Uint8Array(999))).toBe(-1)
    expect(compressor.compress(noise, new Uint8Array(0))).toBe(-1)
    const target = new Uint8Array(1100)
    const packed = target.subarray(0, compressor.compress(noise, target))
    expect(decompressor.decompress(packed, new Uint8Array(999))).toBe(-1)
    expect(decompressor.decompress(packed, new Uint8Array(0))).toBe(-1)
    expect(decompressor.decompress(packed, new Uint8Array(1000))).toBe(1000)
    expect(decompressor.decompress(packed, new Uint8Array(2000))).toBe(1000)
  })

  it('refuses damaged and cut streams, and works on', () => {
    using decompressor = codec.createDecompressor()
    const stream = deflateRawSync(new TextEncoder().encode('tercet '.repeat(100)))
    const corrupt = expect.objectContaining({ code: 'NATIVE_DEFLATE_CORRUPT' })
    for (const length of [0, 1, stream.length - 1]) {
      expect(() => decompressor.decompress(stream.subarray(0, length), new Uint8Array(1000))).toThrowError(
        corrupt
      )
    }
    expect(() => decompressor.decompress(Uint8Array.of(7, 2, 3, 4), new Uint8Array(1000))).toThrowError(
      corrupt
    )
    expect(decompressor.decompress(stream, new Uint8Array(1000))).toBe(700)
  })

  it('refuses levels that do not exist', () => {
    for (const level of [0, 10, 1.5, Number.NaN])
      expect(() => codec.createCompressor(level)).toThrow(RangeError)
  })

  it('refuses to work after it was disposed', () => {
    for (const made of [codec.createCompressor(1), codec.createDecompressor()]) {
      made[Symbol.dispose]()
      made[Symbol.dispose]()
      const run = 'compress' in made ? made.compress : made.decompress
      expect(() => run(new Uint8Array(1), new Uint8Array(100))).toThrow(TypeError)
    }
  })

  it('is switched off by the environment', () => {
    vi.stubEnv('TERCET_NO_NATIVE', '1')
    expect(loadNative()).toBeUndefined()
    vi.unstubAllEnvs()
  })
})
