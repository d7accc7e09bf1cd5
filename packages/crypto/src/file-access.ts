import { closeSync, fstatSync, openSync, readSync, writeSync } from 'node:fs'
import type { CountingSink } from './byte-sink.ts'
import { CryptoError } from './crypto-error.ts'
import { assertRange, type RandomAccess } from './random-access.ts'

/** Short reads take this much at once, so that reading a volume entry by entry does not cost a call an entry. */
const WINDOW_BYTES = 131_072

/** A file opened for reading. */
export interface FileAccess extends RandomAccess, Disposable {
  /** Closes the file. Calling it again does nothing. */
  close(): void
}

/**
 * Opens `path` for reading. The file must not change while it is open.
 *
 * @throws the error of the file system when it cannot be opened
 */
export function openFileAccess(path: string): FileAccess {
  const fd = openSync(path, 'r')
  let open = true
  const close = () => {
    if (open) closeSync(fd)
    open = false
  }
  try {
    return { ...fileAccess(fd), close, [Symbol.dispose]: close }
  } catch (error) {
    close()
    throw error
  }
}

/** Reads from an open file, which stays the caller's to close. `size` is looked up unless given. */
export function fileAccess(fd: number, size: number = fstatSync(fd).size): RandomAccess {
  let window = new Uint8Array(Math.min(WINDOW_BYTES, Math.max(size, 1)))
  let windowStart = 0
  let windowLength = 0

  function fill(offset: number, length: number): void {
    if (length > window.length) window = new Uint8Array(length)
    windowStart = offset
    windowLength = 0
    const wanted = Math.min(window.length, size - offset)
    while (windowLength < wanted) {
      const count = readSync(fd, window, windowLength, wanted - windowLength, offset + windowLength)
      if (count === 0) {
        throw new CryptoError(
          'CRYPTO_TRUNCATED',
          `The file became shorter than ${size} bytes while it was read`
        )
      }
      windowLength += count
    }
  }

  return {
    size,
    read(offset, length) {
      assertRange(offset, length, size)
      if (offset < windowStart || offset + length > windowStart + windowLength) fill(offset, length)
      const from = offset - windowStart
      return window.subarray(from, from + length)
    }
  }
}

/** Appends to an open file at its current position; the file stays the caller's to sync and close. */
export function fileSink(fd: number): CountingSink {
  let size = 0
  return {
    get sizeBytes() {
      return size
    },
    write(bytes) {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done)
      size += bytes.length
    }
  }
}
