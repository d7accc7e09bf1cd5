import type { ByteSink } from '@tercet/crypto'
import type { ArchiveWriter } from './archive.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { VolumeError } from './volume-error.ts'
import {
  CENTRAL_HEADER,
  CENTRAL_HEADER_BYTES,
  dosTime,
  END_RECORD,
  END_RECORD_BYTES,
  FLAG_UTF8,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  MAX_16,
  MAX_32,
  versionFor,
  writeUint64,
  ZIP64_END_RECORD,
  ZIP64_END_RECORD_BYTES,
  ZIP64_EXTRA_ID,
  ZIP64_LOCATOR,
  ZIP64_LOCATOR_BYTES
} from './zip-format.ts'

/** Version 2.0 of the format, attributes as on Unix. */
const MADE_BY = 0x0314
/** A regular file, mode 0600. */
const EXTERNAL_ATTRIBUTES = 0x81a40000
const ZIP64_EXTRA_BYTES = 20
const ZIP64_END_BYTES = ZIP64_END_RECORD_BYTES + ZIP64_LOCATOR_BYTES

/** Small entries are gathered to this before they go to the sink. */
const WINDOW_BYTES = 131_072

export interface ZipWriterOptions {
  /** Time stamp of all entries, written in UTC. */
  readonly createdAt: Date
}

/**
 * Writes a zip archive forwards only. Sizes stand in every local header, never in data descriptors, so that recovery
 * tools find entries without the directory; zip64 fields are used only where a number needs them. The directory is kept
 * packed, at 46 bytes and the name an entry.
 */
export function createZipWriter(
  crc32: (bytes: Uint8Array) => number,
  sink: ByteSink,
  options: ZipWriterOptions
): ArchiveWriter {
  return new ForwardZipWriter(crc32, sink, dosTime(options.createdAt))
}

class ForwardZipWriter implements ArchiveWriter {
  readonly isSolid = false
  readonly #crc32: (bytes: Uint8Array) => number
  readonly #sink: ByteSink
  readonly #time: number
  readonly #window = new Uint8Array(WINDOW_BYTES)
  readonly #view = new DataView(this.#window.buffer)
  readonly #directory = new ByteBuffer()
  #windowLength = 0
  /** Bytes of all entries so far, and of those announced. */
  #offset = 0
  /** Packed bytes of the present entry that are still to come. */
  #missing = 0
  #finished = false
  entryCount = 0

  constructor(crc32: (bytes: Uint8Array) => number, sink: ByteSink, time: number) {
    this.#crc32 = crc32
    this.#sink = sink
    this.#time = time
  }

  get sizeBytes(): number {
    const size = this.#offset + this.#directory.length + END_RECORD_BYTES
    return this.#needsZip64End() ? size + ZIP64_END_BYTES : size
  }

  addEntry(name: Uint8Array, content: Uint8Array, packed: Uint8Array, method: number): void {
    this.beginEntry(name, method, this.#crc32(content), packed.length, content.length)
    this.writePacked(packed)
  }

  beginEntry(name: Uint8Array, method: number, crc: number, packedBytes: number, sizeBytes: number): void {
    if (this.#finished || this.#missing > 0)
      throw new TypeError('The entry or archive before is not complete')
    if (name.length === 0 || name.length > MAX_16) {
      throw new VolumeError(
        'VOLUME_LIMIT_EXCEEDED',
        `A name of ${name.length} bytes cannot be put into an archive`
      )
    }
    const wideSizes = packedBytes >= MAX_32 || sizeBytes >= MAX_32
    const flags = isAscii(name) ? 0 : FLAG_UTF8
    const version = versionFor(method, wideSizes)
    const headerBytes = LOCAL_HEADER_BYTES + name.length + (wideSizes ? ZIP64_EXTRA_BYTES : 0)
    const at = this.#reserve(headerBytes)
    const view = this.#view
    view.setUint32(at, LOCAL_HEADER, true)
    view.setUint16(at + 4, version, true)
    this.#writeCommon(view, at + 6, flags, method, crc)
    view.setUint32(at + 18, wideSizes ? MAX_32 : packedBytes, true)
    view.setUint32(at + 22, wideSizes ? MAX_32 : sizeBytes, true)
    view.setUint16(at + 26, name.length, true)
    view.setUint16(at + 28, wideSizes ? ZIP64_EXTRA_BYTES : 0, true)
    this.#window.set(name, at + LOCAL_HEADER_BYTES)
    if (wideSizes) {
      const extra = at + LOCAL_HEADER_BYTES + name.length
      view.setUint16(extra, ZIP64_EXTRA_ID, true)
      view.setUint16(extra + 2, 16, true)
      writeUint64(view, extra + 4, sizeBytes)
      writeUint64(view, extra + 12, packedBytes)
    }
    this.#addToDirectory(name, version, flags, method, crc, packedBytes, sizeBytes)
    this.entryCount++
    this.#offset += headerBytes + packedBytes
    this.#missing = packedBytes
  }

  writePacked(bytes: Uint8Array): void {
    this.#missing -= bytes.length
    if (this.#missing < 0) throw new RangeError('The entry has more bytes than announced')
    if (bytes.length <= WINDOW_BYTES - this.#windowLength) {
      this.#window.set(bytes, this.#windowLength)
      this.#windowLength += bytes.length
    } else {
      this.#flush()
      if (bytes.length >= WINDOW_BYTES) this.#sink.write(bytes)
      else {
        this.#window.set(bytes)
        this.#windowLength = bytes.length
      }
    }
  }

  finish(): number {
    if (this.#finished || this.#missing > 0)
      throw new TypeError('The entry or archive before is not complete')
    this.#finished = true
    const total = this.sizeBytes
    const directoryBytes = this.#directory.length
    this.#flush()
    this.#sink.write(this.#directory.filled())
    const wide = this.#needsZip64End()
    const view = this.#view
    if (wide) this.#writeZip64End(view, this.#reserve(ZIP64_END_BYTES))
    const at = this.#reserve(END_RECORD_BYTES)
    this.#window.fill(0, at, at + END_RECORD_BYTES)
    view.setUint32(at, END_RECORD, true)
    view.setUint16(at + 8, Math.min(this.entryCount, MAX_16), true)
    view.setUint16(at + 10, Math.min(this.entryCount, MAX_16), true)
    view.setUint32(at + 12, Math.min(directoryBytes, MAX_32), true)
    view.setUint32(at + 16, Math.min(this.#offset, MAX_32), true)
    this.#flush()
    return total
  }

  #writeCommon(view: DataView, at: number, flags: number, method: number, crc: number): void {
    view.setUint16(at, flags, true)
    view.setUint16(at + 2, method, true)
    view.setUint32(at + 4, this.#time, true)
    view.setUint32(at + 8, crc, true)
  }

  #addToDirectory(
    name: Uint8Array,
    version: number,
    flags: number,
    method: number,
    crc: number,
    packedBytes: number,
    sizeBytes: number
  ): void {
    const directory = this.#directory
    const wide = [sizeBytes, packedBytes, this.#offset].filter((value) => value >= MAX_32)
    const extraBytes = wide.length === 0 ? 0 : 4 + 8 * wide.length
    directory.reserve(CENTRAL_HEADER_BYTES + name.length + extraBytes)
    const { view, length: at } = directory
    directory.bytes.fill(0, at, at + CENTRAL_HEADER_BYTES)
    view.setUint32(at, CENTRAL_HEADER, true)
    view.setUint16(at + 4, MADE_BY, true)
    view.setUint16(at + 6, extraBytes > 0 ? Math.max(45, version) : version, true)
    this.#writeCommon(view, at + 8, flags, method, crc)
    view.setUint32(at + 20, Math.min(packedBytes, MAX_32), true)
    view.setUint32(at + 24, Math.min(sizeBytes, MAX_32), true)
    view.setUint16(at + 28, name.length, true)
    view.setUint16(at + 30, extraBytes, true)
    view.setUint32(at + 38, EXTERNAL_ATTRIBUTES, true)
    view.setUint32(at + 42, Math.min(this.#offset, MAX_32), true)
    directory.bytes.set(name, at + CENTRAL_HEADER_BYTES)
    let extra = at + CENTRAL_HEADER_BYTES + name.length
    if (extraBytes > 0) {
      view.setUint16(extra, ZIP64_EXTRA_ID, true)
      view.setUint16(extra + 2, extraBytes - 4, true)
      extra += 4
      for (const value of wide) {
        writeUint64(view, extra, value)
        extra += 8
      }
    }
    directory.length = extra
  }

  #needsZip64End(): boolean {
    return this.entryCount >= MAX_16 || this.#directory.length >= MAX_32 || this.#offset >= MAX_32
  }

  #writeZip64End(view: DataView, at: number): void {
    const directoryBytes = this.#directory.length
    this.#window.fill(0, at, at + ZIP64_END_BYTES)
    view.setUint32(at, ZIP64_END_RECORD, true)
    writeUint64(view, at + 4, ZIP64_END_RECORD_BYTES - 12)
    view.setUint16(at + 12, MADE_BY, true)
    view.setUint16(at + 14, 45, true)
    writeUint64(view, at + 24, this.entryCount)
    writeUint64(view, at + 32, this.entryCount)
    writeUint64(view, at + 40, directoryBytes)
    writeUint64(view, at + 48, this.#offset)
    const locator = at + ZIP64_END_RECORD_BYTES
    view.setUint32(locator, ZIP64_LOCATOR, true)
    writeUint64(view, locator + 8, this.#offset + directoryBytes)
    view.setUint32(locator + 16, 1, true)
  }

  /** Room for `count` bytes in the window; returns where. Headers always fit: names have at most 65535 bytes. */
  #reserve(count: number): number {
    if (count > WINDOW_BYTES - this.#windowLength) this.#flush()
    const at = this.#windowLength
    this.#windowLength += count
    return at
  }

  #flush(): void {
    if (this.#windowLength > 0) this.#sink.write(this.#window.subarray(0, this.#windowLength))
    this.#windowLength = 0
  }
}

function isAscii(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (bytes[i]! > 127) return false
  return true
}
