import { constants, crc32, deflateRawSync, zstdCompressSync } from 'node:zlib'
import type { ByteSink } from '@tercet/crypto'
import type { SolidCompression } from './compression-setting.ts'
import type { SolidStream } from './tar-writer.ts'

/** Compressed at once: large enough that a beginning costs nothing, small enough to be held. */
const GZIP_PIECE_BYTES = 1024 * 1024
const ZSTD_PIECE_BYTES = 4 * 1024 * 1024
/** What deflate looks back upon. */
const DEFLATE_WINDOW_BYTES = 32_768

/**
 * Compresses in the calling thread, piece by piece, so that writers of volumes stay synchronous. Gzip pieces know the
 * content before them and form one stream; those of Zstandard are frames of their own, which follow one another.
 */
export function createSolidStream({ method, level }: SolidCompression, out: ByteSink): SolidStream {
  return method === 'tgz' ? gzipStream(level, out) : zstdStream(level, out)
}

/** Calls `take` with pieces of exactly `sizeBytes`, and `last` with what remains; both must be done with it at once. */
function inPieces(
  sizeBytes: number,
  take: (piece: Uint8Array) => void,
  last: (rest: Uint8Array) => void
): SolidStream {
  const piece = new Uint8Array(sizeBytes)
  let length = 0
  return {
    write(bytes) {
      for (let done = 0; done < bytes.length; ) {
        const part = bytes.subarray(done, done + sizeBytes - length)
        piece.set(part, length)
        length += part.length
        done += part.length
        if (length < sizeBytes) continue
        take(piece)
        length = 0
      }
    },
    finish: () => last(piece.subarray(0, length))
  }
}

/** Deflate, no name, no time, unknown system (RFC 1952). */
const GZIP_HEADER = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)

function gzipStream(level: number, out: ByteSink): SolidStream {
  let crc = 0
  let sizeBytes = 0
  let before: Uint8Array | undefined
  const deflate = (piece: Uint8Array, finishFlush: number): void => {
    crc = crc32(piece, crc)
    sizeBytes += piece.length
    out.write(
      deflateRawSync(piece, {
        level,
        finishFlush,
        chunkSize: GZIP_PIECE_BYTES,
        ...(before === undefined ? {} : { dictionary: before })
      })
    )
    before = piece.slice(-DEFLATE_WINDOW_BYTES)
  }
  out.write(GZIP_HEADER)
  return inPieces(
    GZIP_PIECE_BYTES,
    (piece) => deflate(piece, constants.Z_SYNC_FLUSH),
    (rest) => {
      deflate(rest, constants.Z_FINISH)
      const trailer = new DataView(new ArrayBuffer(8))
      trailer.setUint32(0, crc, true)
      trailer.setUint32(4, sizeBytes % 2 ** 32, true)
      out.write(new Uint8Array(trailer.buffer))
    }
  )
}

function zstdStream(level: number, out: ByteSink): SolidStream {
  const params = { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 }
  const frame = (piece: Uint8Array): void =>
    out.write(zstdCompressSync(piece, { params, pledgedSrcSize: piece.length, chunkSize: ZSTD_PIECE_BYTES }))
  return inPieces(ZSTD_PIECE_BYTES, frame, (rest) => {
    if (rest.length > 0) frame(rest)
  })
}
