import type { VolumeFile } from '@tercet/core/portable'

const WINDOW_BYTES = 1024 * 1024

/** Reads a blob where it lies, mostly on disk; a window of it is in memory. Only workers can do so. */
export function blobAccess(blob: Blob): VolumeFile {
  const reader = new FileReaderSync()
  let window = new Uint8Array(0)
  let start = 0
  const load = (offset: number, length: number) =>
    new Uint8Array(reader.readAsArrayBuffer(blob.slice(offset, offset + length)))
  return {
    size: blob.size,
    read(offset, length) {
      if (offset < 0 || length < 0 || offset + length > blob.size) {
        throw new RangeError(`Not a range of ${blob.size} bytes: ${length} from ${offset}`)
      }
      if (offset < start || offset + length > start + window.length) {
        window = load(offset, Math.max(length, WINDOW_BYTES))
        start = offset
      }
      return window.subarray(offset - start, offset - start + length)
    },
    [Symbol.dispose]() {
      window = new Uint8Array(0)
    }
  }
}
