import type { Hasher } from './primitives.ts'

/** Takes bytes in order. They are only valid during the call: a sink consumes or copies them. */
export interface ByteSink {
  write(bytes: Uint8Array): void
}

/** A sink that counts what it passed on. */
export interface CountingSink extends ByteSink {
  readonly sizeBytes: number
}

/** Keeps everything in memory; `bytes` joins what was written so far. */
export interface CollectingSink extends CountingSink {
  bytes(): Uint8Array
}

export function collectSink(): CollectingSink {
  let collected = new Uint8Array(1024)
  let size = 0
  return {
    get sizeBytes() {
      return size
    },
    write(bytes) {
      if (size + bytes.length > collected.length) {
        const grown = new Uint8Array(Math.max(collected.length * 2, size + bytes.length))
        grown.set(collected.subarray(0, size))
        collected = grown
      }
      collected.set(bytes, size)
      size += bytes.length
    },
    bytes: () => collected.slice(0, size)
  }
}

/** Passes everything on to `sink` and feeds it to `hasher`, so that a file is hashed while it is written. */
export function hashingSink(sink: ByteSink, hasher: Hasher): CountingSink {
  let size = 0
  return {
    get sizeBytes() {
      return size
    },
    write(bytes) {
      size += bytes.length
      hasher.update(bytes)
      sink.write(bytes)
    }
  }
}
