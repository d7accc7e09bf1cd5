import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import {
  type DeflateDecompressor,
  loadNative,
  type ZstdCompressor,
  type ZstdDecompressor
} from '@tercet/native'
import type { Decoder, Encoder } from './platform.ts'

type Method = 'deflate' | 'zstd'

/** With a kept context where the native codec is there, else through `node:zlib`. */
export function createEncoder(method: Method, level: number): Encoder {
  const compressor = loadNative()?.[method]?.createCompressor(level)
  return compressor === undefined ? nodeEncoder(method, level) : nativeEncoder(compressor)
}

/** With a kept context where the native codec is there, else through `node:zlib`. */
export function createDecoder(method: Method): Decoder {
  return loadNative()?.[method] === undefined ? nodeDecoders[method] : nativeDecoder(method)
}

export function zstdLevel(level: number): Record<number, number> {
  return { [constants.ZSTD_c_compressionLevel]: level }
}

function nativeEncoder(compressor: ZstdCompressor): Encoder {
  let target = new Uint8Array(0)
  return {
    compress(data) {
      // Beyond the least that helps, room for the longest result lets Zstandard work without a check for each byte.
      const bound = data.length + (data.length >>> 8) + 512
      if (target.length < bound) target = new Uint8Array(bound)
      const size = compressor.compress(data, target)
      return size < 0 || size >= data.length ? undefined : target.subarray(0, size)
    },
    [Symbol.dispose]: () => compressor[Symbol.dispose]()
  }
}

function nodeEncoder(method: Method, level: number): Encoder {
  const params = zstdLevel(level)
  const pack = (data: Uint8Array, chunkSize: number) =>
    method === 'deflate'
      ? deflateRawSync(data, { level, chunkSize })
      : zstdCompressSync(data, { params, pledgedSrcSize: data.length, chunkSize })
  return {
    compress(data) {
      const packed = pack(data, chunkSizeFor(data.length))
      return packed.length < data.length ? plain(packed) : undefined
    },
    [Symbol.dispose]() {}
  }
}

/** One context serves all archives of a thread: many are open at a time, and native memory is not seen by the collector. */
const shared: { deflate?: DeflateDecompressor; zstd?: ZstdDecompressor } = {}

function nativeDecoder(method: Method): Decoder {
  let target = new Uint8Array(0)
  return {
    decompress(packed, sizeBytes) {
      shared[method] ??= loadNative()![method]!.createDecompressor()
      if (target.length < sizeBytes) target = new Uint8Array(sizeBytes)
      return exact(() => {
        const size = shared[method]!.decompress(packed, target.subarray(0, sizeBytes))
        return size < 0 ? undefined : target.subarray(0, size)
      }, sizeBytes)
    },
    [Symbol.dispose]() {}
  }
}

const nodeDecoders: Record<Method, Decoder> = {
  deflate: nodeDecoder(inflateRawSync),
  zstd: nodeDecoder(zstdDecompressSync)
}

function nodeDecoder(
  unpack: (packed: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Buffer
): Decoder {
  return {
    decompress: (packed, sizeBytes) =>
      exact(
        () => unpack(packed, { maxOutputLength: Math.max(1, sizeBytes), chunkSize: chunkSizeFor(sizeBytes) }),
        sizeBytes
      ),
    [Symbol.dispose]() {}
  }
}

/** Room for all of the result in one piece, within what zlib accepts. */
function chunkSizeFor(sizeBytes: number): number {
  return Math.min(Math.max(64, sizeBytes + 64), 2 ** 27)
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
