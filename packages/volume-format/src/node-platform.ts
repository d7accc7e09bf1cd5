import { pipeline, type Transform } from 'node:stream'
import { pipeline as pipelineAsync } from 'node:stream/promises'
import {
  constants,
  crc32,
  createDeflateRaw,
  createGunzip,
  createInflateRaw,
  createZstdCompress,
  createZstdDecompress
} from 'node:zlib'
import { createHasher, hashAccess, hashBytes, openAesCrypt, randomBytes } from '@tercet/crypto'
import { loadNative } from '@tercet/native'
import { createFileScratch } from './file-scratch.ts'
import { createDecoder, createEncoder, zstdLevel } from './node-codecs.ts'
import { createSolidStream } from './node-solid-streams.ts'
import { MAX_WINDOW_LOG, type Platform } from './platform.ts'

/** Larger pieces become strings that only a full collection frees: slower, and several times the memory. */
const STREAM_CHUNK_BYTES = 65_536

/** `node:zlib`, and codecs with kept contexts where the native ones are there. */
export const nodePlatform: Platform = {
  crypto: {
    createHasher,
    hashAccess,
    hashBytes,
    openAesCrypt: (source, keyring, options) =>
      openAesCrypt(source, keyring, { ciphers: loadNative()?.aesCbc, ...options }),
    randomBytes
  },
  crc32: (bytes, previous) => crc32(bytes, previous),
  createEncoder,
  createDecoder,

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
    yield* decompressed(
      chunks,
      method === 'deflate' ? createInflateRaw(IN_STEPS) : createZstdDecompress(ZSTD_IN_STEPS)
    )
  },

  createSolidStream,
  unpackSolid: (method, chunks) =>
    decompressed(chunks, method === 'tgz' ? createGunzip(IN_STEPS) : createZstdDecompress(ZSTD_IN_STEPS)),
  createScratch: createFileScratch
}

const IN_STEPS = { chunkSize: STREAM_CHUNK_BYTES }
const ZSTD_IN_STEPS = { ...IN_STEPS, params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } }

async function* decompressed(
  chunks: Iterable<Uint8Array>,
  stream: Transform
): AsyncGenerator<Uint8Array, void, undefined> {
  // A failure destroys the stream, so it arrives through the iteration; leaving the loop early is none.
  pipeline(chunks, stream, () => {})
  yield* stream as AsyncIterable<Uint8Array>
}
