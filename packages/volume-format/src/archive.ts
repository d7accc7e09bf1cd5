import type { ZipDirectory } from './zip-directory.ts'

/** An archive opened for reading. Entries are numbered in the order in which they lie in the file. */
export interface Archive {
  readonly directory: ZipDirectory
  /** True: the directory was broken, and the entries were found by their headers. */
  readonly recovered: boolean
  /** True: the archive was compressed as a whole, so that no entry is compressed by itself or has a checksum. */
  readonly isSolid: boolean
  /** Name with `/` as separator, whatever was written. */
  name(entry: number): string
  nameBytes(entry: number): Uint8Array
  /** First entry of that name, or -1. */
  find(name: string): number
  /**
   * Content of an entry, verified by its checksum where the archive has one. Valid until the next call.
   *
   * @throws VolumeError `VOLUME_ENTRY_DAMAGED`, `VOLUME_UNSUPPORTED_METHOD`, `VOLUME_LIMIT_EXCEEDED`
   */
  read(entry: number, maxBytes: number): Uint8Array
  /** As {@link Archive.read}, for callers that verify the content in a stronger way. */
  readUnchecked(entry: number, maxBytes: number): Uint8Array
  /** The packed bytes of an entry. Valid until the next call. */
  readPacked(entry: number): Uint8Array
  /** Content of an entry as a stream, in bounded memory; fails at its end when the checksum is wrong. */
  stream(entry: number, maxBytes: number): AsyncIterable<Uint8Array>
}

/** Writes an archive forwards only. Names must not repeat; that is the caller's to know. */
export interface ArchiveWriter {
  readonly entryCount: number
  /** Length that the archive would have if it ended now, directory included; of a solid one, before compression. */
  readonly sizeBytes: number
  /** True: the archive is compressed as a whole, and takes nothing but entries that are not. */
  readonly isSolid: boolean
  /**
   * Adds a whole entry.
   *
   * @param name UTF-8
   * @param packed the content as `method` compressed it; `content` itself when stored
   */
  addEntry(name: Uint8Array, content: Uint8Array, packed: Uint8Array, method: number): void
  /** Begins an entry whose packed bytes follow through {@link ArchiveWriter.writePacked}, exactly as many as announced. */
  beginEntry(name: Uint8Array, method: number, crc: number, packedBytes: number, sizeBytes: number): void
  writePacked(bytes: Uint8Array): void
  /** Writes the directory; nothing may be added afterwards. Returns the length of the archive. */
  finish(): number
}

/** First entry of that name, or -1. */
export function findEntry({ count, names, nameEnds }: ZipDirectory, name: string): number {
  const wanted = new TextEncoder().encode(name)
  for (let entry = 0; entry < count; entry++) {
    const start = nameEnds[entry]!
    if (nameEnds[entry + 1]! - start !== wanted.length) continue
    let same = 0
    while (same < wanted.length && names[start + same] === wanted[same]) same++
    if (same === wanted.length) return entry
  }
  return -1
}
