import { createHasher, hashAccess, hashBytes, openAesCrypt, randomBytes } from '@tercet/crypto/portable'
import { Deflate, deflateSync, Gunzip, Gzip, Inflate, inflateSync } from 'fflate'
import type { Platform } from './platform.ts'
import { unpackZstd, unpackZstdChunks } from './portable-zstd.ts'
import { createMemoryScratch } from './scratch.ts'
import { fitWindows } from './zstd-windows.ts'

type DeflateLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9

/**
 * Input is fed in steps so small that none can unpack to more than 17 MiB. Each step costs a copy of the window, so that
 * steps of 1 KiB take six times as long.
 */
const INFLATE_STEP_BYTES = 16_384

const NOTHING_TO_FREE: Disposable = { [Symbol.dispose]() {} }

/** Runs in any JavaScript engine. Zstandard can be read, not written. */
export const portablePlatform: Platform = {
  crypto: { createHasher, hashAccess, hashBytes, openAesCrypt, randomBytes },
  crc32,

  createEncoder(method, level) {
    if (method === 'zstd') return undefined
    return {
      compress: (data) => shorter(deflateSync(data, { level: level as DeflateLevel }), data),
      ...NOTHING_TO_FREE
    }
  },

  createDecoder(method) {
    if (method === 'zstd') {
      return {
        decompress: (packed, sizeBytes) => unpackZstd(fitWindows(packed, sizeBytes), sizeBytes),
        ...NOTHING_TO_FREE
      }
    }
    return {
      // One byte more than wanted, so that content which is too long does not look right.
      decompress: (packed, sizeBytes) =>
        exact(() => inflateSync(packed, { out: new Uint8Array(sizeBytes + 1) }), sizeBytes),
      ...NOTHING_TO_FREE
    }
  },

  async compressStream(_method, level, chunks, out) {
    const stream = new Deflate({ level: level as DeflateLevel }, (bytes) => out.write(bytes))
    for await (const chunk of chunks) stream.push(chunk)
    stream.push(new Uint8Array(0), true)
  },

  async *decompressStream(method, chunks) {
    yield* method === 'deflate' ? inflateChunks(chunks, Inflate) : unpackZstdChunks(chunks)
  },

  createSolidStream({ method, level }, out) {
    if (method === 'tzstd') return undefined
    const stream = new Gzip({ level: level as DeflateLevel }, (bytes) => out.write(bytes))
    return {
      // The stream keeps what it is given until it has a block together.
      write: (bytes) => stream.push(new Uint8Array(bytes)),
      finish: () => stream.push(new Uint8Array(0), true)
    }
  },
  unpackSolid: (method, chunks) =>
    method === 'tgz' ? inflateChunks(chunks, Gunzip) : unpackZstdChunks(chunks),
  createScratch: () => createMemoryScratch()
}

function* inflateChunks(
  chunks: Iterable<Uint8Array>,
  Stream: typeof Inflate | typeof Gunzip
): Generator<Uint8Array, void, undefined> {
  let ready: Uint8Array[] = []
  const stream = new Stream((bytes: Uint8Array) => {
    if (bytes.length > 0) ready.push(bytes)
  })
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += INFLATE_STEP_BYTES) {
      stream.push(chunk.subarray(at, at + INFLATE_STEP_BYTES))
      yield* ready
      ready = []
    }
  }
  stream.push(new Uint8Array(0), true)
  yield* ready
}

function shorter(packed: Uint8Array, data: Uint8Array): Uint8Array | undefined {
  return packed.length < data.length ? packed : undefined
}

function exact(unpack: () => Uint8Array, sizeBytes: number): Uint8Array | undefined {
  try {
    const content = unpack()
    return content.length === sizeBytes ? content : undefined
  } catch {
    return undefined
  }
}

const CRC_TABLE = /* @__PURE__ */ Int32Array.from({ length: 256 }, (_, n) => {
  let crc = n
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array, previous = 0): number {
  let crc = ~previous
  for (let i = 0; i < bytes.length; i++) crc = (crc >>> 8) ^ CRC_TABLE[(crc ^ bytes[i]!) & 0xff]!
  return ~crc >>> 0
}
