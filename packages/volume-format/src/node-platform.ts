import { pipeline } from 'node:stream'
import { pipeline as pipelineAsync } from 'node:stream/promises'
import {
  constants,
  crc32,
  createDeflateRaw,
  createInflateRaw,
  createZstdCompress,
  createZstdDecompress,
  deflateRawSync,
  inflateRawSync,
  zstdCompressSync,
  zstdDecompressSync
} from 'node:zlib'
import { createHasher, hashAccess, hashBytes, openAesCrypt, randomBytes } from '@tercet/crypto'
import {
  createZstdCompressor,
  createZstdDecompressor,
  loadNative,
  type ZstdDecompressor
} from '@tercet/native'
import type { Platform, ZstdDecoder, ZstdEncoder } from './platform.ts'

/** Larger pieces become strings that only a full collection frees: slower, and several times the memory. */
const STREAM_CHUNK_BYTES = 65_536

/** `node:zlib`, and Zstandard with kept contexts where the native codec is there. */
export const nodePlatform: Platform = {
  crypto: { createHasher, hashAccess, hashBytes, openAesCrypt, randomBytes },
  crc32: (bytes, previous) => crc32(bytes, previous),
  deflateRaw: (data, level) => plain(deflateRawSync(data, { level, chunkSize: chunkSizeFor(data.length) })),

  inflateRaw(packed, sizeBytes) {
    return exact(
      () =>
        inflateRawSync(packed, {
          maxOutputLength: Math.max(1, sizeBytes),
          chunkSize: chunkSizeFor(sizeBytes)
        }),
      sizeBytes
    )
  },

  createZstdEncoder: (level) => nativeEncoder(level) ?? nodeEncoder(level),
  createZstdDecoder: () => nativeDecoder() ?? nodeDecoder,

  async compressStream(method, level, chunks, out) {
    const stream =
      method === 'deflate'
        ? createDeflateRaw({ level, chunkSize: STREAM_CHUNK_BYTES })
        : createZstdCompress({ chunkSize: STREAM_CHUNK_BYTES, params: zstdLevel(level) })
    await pipelineAsync(chunks, stream, async (packed: AsyncIterable<Uint8Array>) => {
      for await (const chunk of packed) out.write(chunk)
    })
  },

  async *decompressStream(method, chunks) {
    const options = { chunkSize: STREAM_CHUNK_BYTES }
    const stream = method === 'deflate' ? createInflateRaw(options) : createZstdDecompress(options)
    // A failure destroys the stream, so it arrives through the iteration; leaving the loop early is none.
    pipeline(chunks, stream, () => {})
    yield* stream as AsyncIterable<Uint8Array>
  }
}

/** Room for all of the result in one piece, within what zlib accepts. */
function chunkSizeFor(sizeBytes: number): number {
  return Math.min(Math.max(64, sizeBytes + 64), 2 ** 27)
}

function zstdLevel(level: number): Record<number, number> {
  return { [constants.ZSTD_c_compressionLevel]: level }
}

function nativeEncoder(level: number): ZstdEncoder | undefined {
  const compressor = createZstdCompressor(level)
  if (compressor === undefined) return undefined
  let target = new Uint8Array(0)
  return {
    compress(data) {
      const bound = data.length + (data.length >>> 8) + 512
      if (target.length < bound) target = new Uint8Array(bound)
      const size = compressor.compress(data, target)
      return size < 0 || size >= data.length ? undefined : target.subarray(0, size)
    },
    [Symbol.dispose]: () => compressor[Symbol.dispose]()
  }
}

function nodeEncoder(level: number): ZstdEncoder {
  const params = zstdLevel(level)
  return {
    compress(data) {
      const packed = zstdCompressSync(data, {
        params,
        pledgedSrcSize: data.length,
        chunkSize: chunkSizeFor(data.length)
      })
      return packed.length < data.length ? plain(packed) : undefined
    },
    [Symbol.dispose]() {}
  }
}

/** One context serves all archives of a thread: many are open at a time, and native memory is not seen by the collector. */
let sharedDecompressor: ZstdDecompressor | undefined

function nativeDecoder(): ZstdDecoder | undefined {
  if (loadNative()?.zstd === undefined) return undefined
  let target = new Uint8Array(0)
  return {
    decompress(packed, sizeBytes) {
      sharedDecompressor ??= createZstdDecompressor()
      if (target.length < sizeBytes) target = new Uint8Array(sizeBytes)
      return exact(() => {
        const size = sharedDecompressor?.decompress(packed, target.subarray(0, sizeBytes)) ?? -1
        return size < 0 ? undefined : target.subarray(0, size)
      }, sizeBytes)
    },
    [Symbol.dispose]() {}
  }
}

const nodeDecoder: ZstdDecoder = {
  decompress: (packed, sizeBytes) =>
    exact(
      () =>
        zstdDecompressSync(packed, {
          maxOutputLength: Math.max(1, sizeBytes),
          chunkSize: chunkSizeFor(sizeBytes)
        }),
      sizeBytes
    ),
  [Symbol.dispose]() {}
}

function exact(unpack: () => Uint8Array | undefined, sizeBytes: number): Uint8Array | undefined {
  try {
    const content = unpack()
    return content?.length === sizeBytes ? plain(content) : undefined
  } catch {
    return undefined
  }
}

/** A `Buffer` is a `Uint8Array` whose `slice` makes no copy; nobody outside should have to know. */
function plain(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes
}
