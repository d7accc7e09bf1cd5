import type { ByteSink, CryptoFunctions } from '@tercet/crypto'

/** A codec that keeps its context between calls. */
export interface ZstdEncoder extends Disposable {
  /** One frame. Valid until the next call; undefined: the frame would not be smaller than `data`. */
  compress(data: Uint8Array): Uint8Array | undefined
}

export interface ZstdDecoder extends Disposable {
  /** Content of all frames if it has exactly `sizeBytes`, else undefined. Valid until the next call. */
  decompress(packed: Uint8Array, sizeBytes: number): Uint8Array | undefined
}

/** What an engine brings along besides JavaScript; everything else in this package is built on it and exists once. */
export interface Platform {
  readonly crypto: Pick<
    CryptoFunctions,
    'hashBytes' | 'createHasher' | 'hashAccess' | 'randomBytes' | 'openAesCrypt'
  >
  crc32(bytes: Uint8Array, previous?: number): number
  deflateRaw(data: Uint8Array, level: number): Uint8Array
  /** The content if it has exactly `sizeBytes`, else undefined, also for damaged data. Never makes much more. */
  inflateRaw(packed: Uint8Array, sizeBytes: number): Uint8Array | undefined
  /** Undefined where Zstandard cannot be written. */
  createZstdEncoder(level: number): ZstdEncoder | undefined
  createZstdDecoder(): ZstdDecoder
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
