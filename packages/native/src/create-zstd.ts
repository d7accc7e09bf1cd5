import { loadNative } from './load-native.ts'
import type { ZstdCompressor, ZstdDecompressor } from './zstd.ts'

/**
 * A compressor with a kept context, or undefined where there is none and `node:zlib` has to serve.
 *
 * @throws RangeError for a level that Zstandard does not have
 */
export function createZstdCompressor(level: number): ZstdCompressor | undefined {
  return loadNative()?.zstd?.createCompressor(level)
}

/** A decompressor with a kept context, or undefined where there is none and `node:zlib` has to serve. */
export function createZstdDecompressor(): ZstdDecompressor | undefined {
  return loadNative()?.zstd?.createDecompressor()
}
