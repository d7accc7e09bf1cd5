import { readSync } from 'node:fs'
import { createHasher, type HashAlgorithm } from '@tercet/crypto'
import type { DirectIo } from '@tercet/native'
import { MIN_DIRECT_BYTES } from './working-file.ts'

const CHUNK_BYTES = 1024 * 1024

/** The hash of what an open file has now, up to `sizeBytes`. */
export function hashFile(fd: number, sizeBytes: number, algorithm: HashAlgorithm, io: DirectIo): Uint8Array {
  const hasher = createHasher(algorithm)
  // Its content went to the disk past the cache, so that is where it is.
  const direct = sizeBytes < MIN_DIRECT_BYTES ? undefined : io.open(fd, 'read')
  try {
    let buffer: Uint8Array | undefined
    for (let at = 0; at < sizeBytes; ) {
      const length = Math.min(CHUNK_BYTES, sizeBytes - at)
      let bytes = direct && io.read(direct, at, length)
      if (bytes === undefined) {
        buffer ??= new Uint8Array(Math.min(sizeBytes, CHUNK_BYTES))
        bytes = buffer.subarray(0, readSync(fd, buffer, 0, length, at))
      }
      if (bytes.length === 0) break
      hasher.update(bytes)
      at += bytes.length
    }
  } finally {
    direct?.close()
  }
  return hasher.digest()
}
