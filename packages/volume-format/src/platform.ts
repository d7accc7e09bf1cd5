import type { ByteSink, CryptoFunctions } from '@tercet/crypto'

/** A codec that keeps its context between calls. */
export interface Encoder extends Disposable {
  /** All of `data`, packed. Valid until the next call; undefined: it would not be smaller than `data`. */
  compress(data: Uint8Array): Uint8Array | undefined
}

export interface Decoder extends Disposable {
  /**
   * The content of `packed` if it has exactly `sizeBytes`, else undefined, also for damaged data. Never makes much more.
   * Valid until the next call.
   */
  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array | undefined
}

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
}
