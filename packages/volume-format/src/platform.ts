import type { ByteSink, CryptoFunctions } from '@tercet/crypto'
import type { SolidCompression } from './compression-setting.ts'
import type { Scratch } from './scratch.ts'
import type { SolidStream } from './tar-writer.ts'

/** A codec that keeps its context between calls. */
export interface Encoder extends Disposable {
  /** All of `data`, packed. Valid until the next call; undefined: it would not be smaller than `data`. */
  compress(data: Uint8Array): Uint8Array | undefined
}

export interface Decoder extends Disposable {
  /**
   * The content of `packed` if it has exactly `sizeBytes`, else undefined, also for damaged data. Never makes much more,
   * and takes no memory for a larger window that the data asks for. Valid until the next call.
   *
   * @throws VolumeError `VOLUME_LIMIT_EXCEEDED`, `VOLUME_ENTRY_DAMAGED`
   */
  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array | undefined
}

/** The window of the highest level. Content that is known to be smaller has a smaller window by then. */
export const MAX_WINDOW_LOG = 27

/** What an engine brings along besides JavaScript; everything else in this package is built on it and exists once. */
export interface Platform {
  readonly crypto: Pick<
    CryptoFunctions,
    'hashBytes' | 'createHasher' | 'hashAccess' | 'randomBytes' | 'openAesCrypt'
  >
  crc32(bytes: Uint8Array, previous?: number): number
  /** Undefined where the method cannot be written: Zstandard in plain JavaScript. */
  createEncoder(method: 'deflate' | 'zstd', level: number): Encoder | undefined
  createDecoder(method: 'deflate' | 'zstd'): Decoder
  /** Compresses a stream into `out`, as one deflate stream or one frame, in bounded memory. */
  compressStream(
    method: 'deflate' | 'zstd',
    level: number,
    chunks: AsyncIterable<Uint8Array>,
    out: ByteSink
  ): Promise<void>
  /** Decompresses a stream; takes input as output is asked for. Chunks of input are not reused by their producer. */
  decompressStream(method: 'deflate' | 'zstd', chunks: Iterable<Uint8Array>): AsyncIterable<Uint8Array>
  /** Compresses what is written, all of it one gzip stream or frames of Zstandard; undefined where it cannot be written. */
  createSolidStream(setting: SolidCompression, out: ByteSink): SolidStream | undefined
  /** Decompresses such a stream. Windows of Zstandard larger than {@link MAX_WINDOW_LOG} are refused. */
  unpackSolid(
    method: SolidCompression['method'],
    chunks: Iterable<Uint8Array>
  ): AsyncIterable<Uint8Array> | Iterable<Uint8Array>
  /** @param folder for files, where files are used */
  createScratch(folder?: string): Scratch
}
