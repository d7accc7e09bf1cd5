import type { CallOptions } from './call-options.ts'
import { StorageError } from './errors.ts'

/** A file on this machine that holds exactly the bytes of a {@link ByteSource}. */
export interface LocalFile {
  readonly path: string
  /**
   * True: the receiver may take the file over, by renaming or linking it, instead of copying its bytes. The owner
   * never changes it again and does not expect to find it afterwards.
   */
  readonly adoptable: boolean
}

/** Bytes that can be read again from the start: after a failed attempt, or by a second destination. */
export interface ByteSource {
  /** Exact number of bytes that {@link ByteSource.open} yields. */
  readonly size: number
  /** Opens nothing until iterated; leaving the loop early closes what was opened. Chunks are not reused. */
  open(options?: CallOptions): AsyncIterable<Uint8Array>
  /** Set when the bytes are a local file, which a backend may then read, send, link or rename by itself. */
  readonly localFile?: LocalFile | undefined
}

/** A source over bytes in memory, which must not change while it is in use. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.byteLength,
    async *open(options) {
      options?.signal?.throwIfAborted()
      if (bytes.byteLength > 0) yield bytes
    }
  }
}

/**
 * Yields what `source` yields and rejects with `STORAGE_SOURCE_MISMATCH` as soon as it is known that the bytes are
 * more or fewer than announced, so that no backend stores a short or a long object.
 */
export async function* exactly(source: ByteSource, options?: CallOptions): AsyncIterable<Uint8Array> {
  let seen = 0
  for await (const chunk of source.open(options)) {
    seen += chunk.byteLength
    if (seen > source.size) throw mismatch(source.size, seen)
    yield chunk
  }
  if (seen !== source.size) throw mismatch(source.size, seen)
}

function mismatch(announced: number, seen: number): StorageError {
  return new StorageError(
    'STORAGE_SOURCE_MISMATCH',
    `The source announced ${announced} bytes and yielded ${seen > announced ? 'more' : seen}`,
    { context: { announced, seen } }
  )
}
