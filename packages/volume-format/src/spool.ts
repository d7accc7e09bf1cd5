import { type ByteSink, collectSink } from '@tercet/crypto'

/**
 * Keeps bytes until all of them are there, and gives them back in order: a zip entry has its packed size in its header,
 * so a list that is compressed as a stream has to wait somewhere. It belongs to one writer at a time and is empty then.
 */
export interface Spool extends ByteSink {
  readonly sizeBytes: number
  /** Everything from the start, any number of times; a chunk is valid until the next is asked for. */
  chunks(): Iterable<Uint8Array>
}

/** Keeps everything in memory. */
export function createMemorySpool(): Spool {
  const collected = collectSink()
  return {
    get sizeBytes() {
      return collected.sizeBytes
    },
    write: (bytes) => collected.write(bytes),
    *chunks() {
      if (collected.sizeBytes > 0) yield collected.bytes()
    }
  }
}
