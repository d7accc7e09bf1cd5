/**
 * Bytes that can be read at any position, synchronously: a file, a buffer, the plaintext of an encrypted file.
 * Everything that reads volumes does so through this, so that no volume is ever held in memory as a whole.
 */
export interface RandomAccess {
  readonly size: number
  /**
   * Exactly `length` bytes from `offset`. The result is a view that the next read may overwrite.
   *
   * @throws RangeError when the range does not lie inside
   */
  read(offset: number, length: number): Uint8Array
}

/** Reads from memory; results are views of `bytes` that stay valid. */
export function bytesAccess(bytes: Uint8Array): RandomAccess {
  return {
    size: bytes.length,
    read(offset, length) {
      assertRange(offset, length, bytes.length)
      return bytes.subarray(offset, offset + length)
    }
  }
}

/** @throws RangeError unless `[offset, offset + length)` lies within `[0, size)` */
export function assertRange(offset: number, length: number, size: number): void {
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length)) || offset < 0 || length < 0) {
    throw new RangeError(`Not a range: offset ${offset}, length ${length}`)
  }
  if (offset + length > size) {
    throw new RangeError(`The range from ${offset} to ${offset + length} is not within ${size} bytes`)
  }
}

/** `length` bytes of `source` from `offset` on, in pieces of at most `step`, each valid until the next is asked for. */
export function* piecesOf(
  source: RandomAccess,
  offset: number,
  length: number,
  step = 262_144
): Iterable<Uint8Array> {
  for (let done = 0; done < length; done += step) {
    yield source.read(offset + done, Math.min(step, length - done))
  }
}
