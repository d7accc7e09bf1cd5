import type { ByteSink } from '@tercet/crypto'
import type { ArchiveWriter } from './archive.ts'
import { ByteBuffer } from './byte-buffer.ts'
import { quoteJson } from './filelist-encoder.ts'
import {
  DIRECTORY_ENTRY,
  encodeTarHeader,
  MAX_TAR_ENTRY_BYTES,
  MAX_TAR_NAME_BYTES,
  paddedBytes,
  TAR_BLOCK_BYTES,
  TRAILER_BYTES,
  TRAILER_MARK
} from './tar-format.ts'
import { VolumeError } from './volume-error.ts'
import { METHOD_STORED, writeUint64 } from './zip-format.ts'

const PADDING = /* @__PURE__ */ new Uint8Array(TAR_BLOCK_BYTES)

/** What takes the tar stream and compresses it. */
export interface SolidStream extends ByteSink {
  /** Ends the compressed stream. */
  finish(): void
}

/**
 * Writes the tar of a `tgz` or `tzstd` volume into `stream` (format section 10.2): entries, then the directory as an
 * entry of its own, and nothing behind it. Any tar program reads it.
 */
export class TarWriter implements ArchiveWriter {
  readonly isSolid = true
  readonly #stream: SolidStream
  readonly #time: number
  /** JSON of the directory so far. */
  readonly #directory = new ByteBuffer()
  #offset = 0
  /** Bytes of the present entry that are still to come, and the zeros behind them. */
  #missing = 0
  #padding = 0
  #finished = false
  entryCount = 0

  constructor(stream: SolidStream, createdAt: Date) {
    this.#stream = stream
    this.#time = Math.floor(createdAt.getTime() / 1000)
    this.#directory.appendAscii('{')
  }

  get sizeBytes(): number {
    return this.#offset + TAR_BLOCK_BYTES + paddedBytes(this.#directory.length + 1 + TRAILER_BYTES)
  }

  addEntry(name: Uint8Array, content: Uint8Array, _packed: Uint8Array, method: number): void {
    this.beginEntry(name, method, 0, content.length, content.length)
    this.writePacked(content)
  }

  beginEntry(name: Uint8Array, method: number, _crc: number, packedBytes: number, sizeBytes: number): void {
    this.#assertComplete()
    if (method !== METHOD_STORED || packedBytes !== sizeBytes) {
      throw new TypeError('An entry of a tar is not compressed by itself')
    }
    if (name.length === 0 || name.length > MAX_TAR_NAME_BYTES || sizeBytes > MAX_TAR_ENTRY_BYTES) {
      throw new VolumeError(
        'VOLUME_LIMIT_EXCEEDED',
        `A tar has room for names of ${MAX_TAR_NAME_BYTES} bytes and entries of 8 GiB, not for ${name.length} and ${sizeBytes} bytes`
      )
    }
    this.#begin(name, sizeBytes)
    const key = quoteJson(new TextDecoder().decode(name))
    const value = `{"Offset":${this.#offset},"Size":${sizeBytes},"LastWriteTime":${this.#time}}`
    const comma = this.entryCount === 0 ? '' : ','
    this.#directory.append(new TextEncoder().encode(`${comma}${key}:${value}`))
    this.entryCount++
    this.#offset += paddedBytes(sizeBytes)
    this.#missing = sizeBytes
    this.#padding = paddedBytes(sizeBytes) - sizeBytes
  }

  writePacked(bytes: Uint8Array): void {
    this.#missing -= bytes.length
    if (this.#missing < 0) throw new RangeError('The entry has more bytes than announced')
    this.#stream.write(bytes)
    if (this.#missing > 0 || this.#padding === 0) return
    this.#stream.write(PADDING.subarray(0, this.#padding))
    this.#padding = 0
  }

  finish(): number {
    this.#assertComplete()
    this.#finished = true
    const headerAt = this.#offset
    this.#directory.appendAscii('}')
    const json = this.#directory.filled()
    const content = new Uint8Array(paddedBytes(json.length + TRAILER_BYTES))
    content.set(json)
    writeUint64(new DataView(content.buffer), content.length - TRAILER_BYTES, headerAt)
    content.set(TRAILER_MARK, content.length - TRAILER_MARK.length)
    this.#begin(new TextEncoder().encode(DIRECTORY_ENTRY), content.length)
    this.#stream.write(content)
    this.#stream.finish()
    return this.#offset + content.length
  }

  #begin(name: Uint8Array, sizeBytes: number): void {
    this.#stream.write(encodeTarHeader(name, sizeBytes, this.#time))
    this.#offset += TAR_BLOCK_BYTES
  }

  #assertComplete(): void {
    if (this.#finished || this.#missing > 0 || this.#padding > 0)
      throw new TypeError('The entry or archive before is not complete')
  }
}
