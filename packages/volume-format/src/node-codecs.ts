import { constants, deflateRawSync, inflateRawSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import {
  type DeflateDecompressor,
  loadNative,
  type ZstdCompressor,
  type ZstdDecompressor
} from '@tercet/native'
import type { Decoder, Encoder } from './platform.ts'
import { fitWindows } from './zstd-windows.ts'

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
      const content = target.subarray(0, sizeBytes)
      try {
        return shared[method].decompress(packed, content) === sizeBytes ? content : undefined
      } catch {
        return undefined
      }
    },
    [Symbol.dispose]() {}
  }
}

const nodeDecoders: Record<Method, Decoder> = {
  deflate: nodeDecoder(inflateRawSync),
  // Unlike a call with all of its target, a stream takes memory for the window.
  zstd: nodeDecoder(zstdDecompressSync, fitWindows)
}

function nodeDecoder(
  unpack: (packed: Uint8Array, options: { maxOutputLength: number; chunkSize: number }) => Buffer,
  prepare: (packed: Uint8Array, sizeBytes: number) => Uint8Array = (packed) => packed
): Decoder {
  return {
    decompress(packed, sizeBytes) {
      const prepared = prepare(packed, sizeBytes)
      try {
        const content = unpack(prepared, {
          maxOutputLength: Math.max(1, sizeBytes),
          chunkSize: chunkSizeFor(sizeBytes)
        })
        return content.length === sizeBytes ? plain(content) : undefined
      } catch {
        return undefined
      }
    },
    [Symbol.dispose]() {}
  }
}

/** Room for all of the result in one piece, within what zlib accepts. */
function chunkSizeFor(sizeBytes: number): number {
  return Math.min(Math.max(64, sizeBytes + 64), 2 ** 27)
}

/** A `Buffer` is a `Uint8Array` whose `slice` makes no copy; nobody outside should have to know. */
function plain(bytes: Uint8Array): Uint8Array {
  return Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes
}
