import { Worker } from 'node:worker_threads'
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createZstdCompressor, createZstdDecompressor, loadNative } from '../src/index.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

const codec = loadNative()!.zstd!

function compressed(source: Uint8Array, level = 1): Uint8Array {
  using compressor = codec.createCompressor(level)
  const target = new Uint8Array(codec.compressBound(source.length))
  return target.subarray(0, compressor.compress(source, target))
}

describe('zstd with kept contexts', () => {
  it('is the library of the process', () => {
    expect(codec.version).toBe(process.versions['zstd'])
    expect(codec.maxLevel).toBe(22)
    expect(codec.minLevel).toBeLessThan(0)
  })

  it('writes frames that node:zlib reads and reads frames that node:zlib writes', () => {
    using compressor = createZstdCompressor(3)!
    using decompressor = createZstdDecompressor()!
    const target = new Uint8Array(5000)
    const back = new Uint8Array(4000)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 4000 }), (content) => {
        const written = compressor.compress(content, target)
        expect(Buffer.compare(zstdDecompressSync(target.subarray(0, written)), content)).toBe(0)
        const read = decompressor.decompress(zstdCompressSync(content), back)
        expect(Buffer.compare(back.subarray(0, read), content)).toBe(0)
      }),
      { seed: 7, numRuns: 200 }
    )
  })

  it('uses the level', () => {
    const content = new Uint8Array(200_000)
    for (let at = 0; at < content.length; at++) content[at] = (at * at) >> (at % 13)
    expect(compressed(content, 19).length).toBeLessThan(compressed(content, 1).length)
  })

  it('writes into a view, into memory that threads share, and nowhere else', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(300)).fill(7)
    using compressor = codec.createCompressor(1)
    const written = compressor.compress(new Uint8Array(100), shared.subarray(100, 200))
    expect(written).toBeGreaterThan(0)
    expect(shared.subarray(0, 100).every((byte) => byte === 7)).toBe(true)
    expect(shared.subarray(200).every((byte) => byte === 7)).toBe(true)
    expect(zstdDecompressSync(shared.slice(100, 100 + written)).length).toBe(100)
  })

  it('says -1 when the target is too small', () => {
    using compressor = codec.createCompressor(1)
    using decompressor = codec.createDecompressor()
    const noise = crypto.getRandomValues(new Uint8Array(1000))
    expect(compressor.compress(noise, new Uint8Array(999))).toBe(-1)
    expect(compressor.compress(noise, new Uint8Array(0))).toBe(-1)
    expect(decompressor.decompress(compressed(noise), new Uint8Array(999))).toBe(-1)
    expect(decompressor.decompress(compressed(noise), new Uint8Array(1000))).toBe(1000)
  })

  it('refuses damaged and cut frames', () => {
    using decompressor = codec.createDecompressor()
    const frame = compressed(new TextEncoder().encode('tercet '.repeat(100)))
    expect(() => decompressor.decompress(frame.subarray(0, -1), new Uint8Array(1000))).toThrowError(
      expect.objectContaining({ code: 'NATIVE_ZSTD_CORRUPT' })
    )
    expect(() => decompressor.decompress(Uint8Array.of(1, 2, 3, 4, 5), new Uint8Array(1000))).toThrowError(
      expect.objectContaining({ code: 'NATIVE_ZSTD_CORRUPT' })
    )
    expect(decompressor.decompress(frame, new Uint8Array(1000))).toBe(700)
  })

  it('refuses levels that do not exist', () => {
    for (const level of [23, 1.5, Number.NaN, -1e9]) {
      expect(() => codec.createCompressor(level)).toThrow(RangeError)
    }
  })

  it('refuses to work after it was disposed', () => {
    const compressor = codec.createCompressor(1)
    compressor[Symbol.dispose]()
    compressor[Symbol.dispose]()
    expect(() => compressor.compress(new Uint8Array(1), new Uint8Array(100))).toThrow(TypeError)
  })

  it('works in a worker thread while the main thread uses it', async () => {
    const source = `
      import { parentPort } from 'node:worker_threads'
      import { createZstdCompressor } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
      const target = new Uint8Array(200)
      let size = 0
      const compressor = createZstdCompressor(1)
      for (let turn = 0; turn < 2000; turn++) size = compressor.compress(new Uint8Array(500), target)
      parentPort.postMessage(target.slice(0, size))
    `
    const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(source)}`))
    using compressor = codec.createCompressor(1)
    const target = new Uint8Array(200)
    for (let turn = 0; turn < 2000; turn++) compressor.compress(new Uint8Array(500), target)
    const frame = await new Promise<Uint8Array>((resolve, reject) => {
      worker.once('message', resolve)
      worker.once('error', reject)
    })
    expect(zstdDecompressSync(frame).length).toBe(500)
  })

  it('is switched off by the environment', () => {
    vi.stubEnv('TERCET_NO_NATIVE', '1')
    expect(loadNative()).toBeUndefined()
    expect(createZstdCompressor(1)).toBeUndefined()
    expect(createZstdDecompressor()).toBeUndefined()
  })
})
