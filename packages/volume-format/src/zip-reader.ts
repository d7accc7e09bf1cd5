import type { RandomAccess } from '@tercet/crypto'
import { type Archive, findEntry } from './archive.ts'
import { assertPlausible, createDecompressor, type Decompressor } from './decompressor.ts'
import type { Platform } from './platform.ts'
import { VolumeError } from './volume-error.ts'
import { MAX_ENTRIES, readZipDirectory, type ZipDirectory } from './zip-directory.ts'
import {
  FLAG_ENCRYPTED,
  LOCAL_HEADER,
  LOCAL_HEADER_BYTES,
  METHOD_DEFLATE,
  METHOD_STORED,
  METHOD_ZSTD
} from './zip-format.ts'
import { scanLocalHeaders } from './zip-recovery.ts'
import { ZstdWindowFitter } from './zstd-windows.ts'

const CHUNK_BYTES = 262_144

/**
 * @throws VolumeError `VOLUME_ARCHIVE_INVALID` when there is no usable directory and fewer than two entries can be found
 * without it
 */
export function openZip(
  platform: Platform,
  access: RandomAccess,
  decompressor?: Decompressor,
  maxEntries = MAX_ENTRIES
): Archive {
  const directory = readZipDirectory(access, maxEntries)
  if (directory !== undefined) return new OpenZipArchive(platform, access, directory, false, decompressor)
  const found = scanLocalHeaders(access)
  if (found.count < 2) {
    throw new VolumeError(
      'VOLUME_ARCHIVE_INVALID',
      'The file is no zip archive, or almost all of it is missing'
    )
  }
  return new OpenZipArchive(platform, access, found, true, decompressor)
}

class OpenZipArchive implements Archive {
  readonly isSolid = false
  readonly directory: ZipDirectory
  readonly recovered: boolean
  readonly #platform: Platform
  readonly #access: RandomAccess
  readonly #decompressor: Decompressor

  constructor(
    platform: Platform,
    access: RandomAccess,
    directory: ZipDirectory,
    recovered: boolean,
    decompressor: Decompressor | undefined
  ) {
    this.#platform = platform
    this.#access = access
    this.#decompressor = decompressor ?? createDecompressor(platform)
    this.directory = directory
    this.recovered = recovered
  }

  name(entry: number): string {
    return new TextDecoder().decode(this.nameBytes(entry))
  }

  nameBytes(entry: number): Uint8Array {
    const { names, nameEnds } = this.directory
    return names.subarray(nameEnds[entry]!, nameEnds[entry + 1]!)
  }

  find(name: string): number {
    return findEntry(this.directory, name)
  }

  read(entry: number, maxBytes: number): Uint8Array {
    const content = this.readUnchecked(entry, maxBytes)
    if (this.#platform.crc32(content) !== this.directory.crcs[entry]) throw this.#damaged(entry, 'checksum')
    return content
  }

  readUnchecked(entry: number, maxBytes: number): Uint8Array {
    const size = this.#checkedSize(entry, maxBytes)
    return this.#decompressor.decompress(this.directory.methods[entry]!, this.readPacked(entry), size)
  }

  /** Header and content are taken in one read, as the name in the header nearly always has the length that is expected. */
  readPacked(entry: number): Uint8Array {
    const { offsets, packedSizes, nameEnds } = this.directory
    const offset = offsets[entry]!
    const packedSize = packedSizes[entry]!
    const expected = LOCAL_HEADER_BYTES + nameEnds[entry + 1]! - nameEnds[entry]! + packedSize
    if (!(offset + LOCAL_HEADER_BYTES <= this.#access.size)) throw this.#damaged(entry, 'position')
    const bytes = this.#access.read(offset, Math.min(expected, this.#access.size - offset))
    const start = this.#headerSize(entry, bytes)
    if (start + packedSize <= bytes.length) return bytes.subarray(start, start + packedSize)
    return this.#access.read(this.#contentStart(entry), packedSize)
  }

  async *stream(entry: number, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    const size = this.#checkedSize(entry, maxBytes)
    const method = this.directory.methods[entry]!
    assertPlausible(method, this.directory.packedSizes[entry]!, size)
    const packed = this.#packedChunks(entry, method === METHOD_ZSTD ? new ZstdWindowFitter(size) : undefined)
    const chunks =
      method === METHOD_STORED
        ? packed
        : this.#platform.decompressStream(method === METHOD_DEFLATE ? 'deflate' : 'zstd', packed)
    let seen = 0
    let crc = 0
    try {
      for await (const chunk of chunks) {
        seen += chunk.length
        if (seen > size) break
        crc = this.#platform.crc32(chunk, crc)
        yield chunk
      }
    } catch (error) {
      if (error instanceof VolumeError) throw error
      throw this.#damaged(entry, 'compressed data', error)
    }
    if (seen !== size) throw this.#damaged(entry, 'length')
    if (crc !== this.directory.crcs[entry]) throw this.#damaged(entry, 'checksum')
  }

  *#packedChunks(entry: number, fitter?: ZstdWindowFitter): Generator<Uint8Array, void, undefined> {
    const start = this.#contentStart(entry)
    const length = this.directory.packedSizes[entry]!
    for (let done = 0; done < length; done += CHUNK_BYTES) {
      // A copy, because decompressors read ahead.
      const chunk = new Uint8Array(this.#access.read(start + done, Math.min(CHUNK_BYTES, length - done)))
      yield fitter === undefined ? chunk : fitter.fit(chunk)
    }
  }

  #checkedSize(entry: number, maxBytes: number): number {
    const { sizes, methods, flags, packedSizes } = this.directory
    if ((flags[entry]! & FLAG_ENCRYPTED) !== 0) {
      throw new VolumeError('VOLUME_UNSUPPORTED_METHOD', `The entry ${this.name(entry)} has zip encryption`)
    }
    const method = methods[entry]!
    const size = sizes[entry]!
    if (method === METHOD_STORED && size !== packedSizes[entry]) throw this.#damaged(entry, 'length')
    if (
      size > maxBytes &&
      (method === METHOD_STORED || method === METHOD_DEFLATE || method === METHOD_ZSTD)
    ) {
      throw new VolumeError(
        'VOLUME_LIMIT_EXCEEDED',
        `The entry ${this.name(entry)} has ${size} bytes; at most ${maxBytes} are expected`,
        { context: { sizeBytes: size, maxBytes } }
      )
    }
    return size
  }

  /** Where the content begins. */
  #contentStart(entry: number): number {
    const offset = this.directory.offsets[entry]!
    if (!(offset + LOCAL_HEADER_BYTES <= this.#access.size)) throw this.#damaged(entry, 'position')
    const start = offset + this.#headerSize(entry, this.#access.read(offset, LOCAL_HEADER_BYTES))
    if (!(start + this.directory.packedSizes[entry]! <= this.#access.size))
      throw this.#damaged(entry, 'length')
    return start
  }

  /** Length of the local header, which has a name and an extra field of its own. */
  #headerSize(entry: number, bytes: Uint8Array): number {
    if (uint32At(bytes, 0) !== LOCAL_HEADER) throw this.#damaged(entry, 'header')
    return LOCAL_HEADER_BYTES + uint16At(bytes, 26) + uint16At(bytes, 28)
  }

  #damaged(entry: number, what: string, cause?: unknown): VolumeError {
    const name = this.name(entry).slice(0, 200)
    return new VolumeError('VOLUME_ENTRY_DAMAGED', `The entry ${name} is damaged: wrong ${what}`, {
      cause,
      context: { entry: name }
    })
  }
}

/** Without a view, which would be one more object for each entry. */
function uint16At(bytes: Uint8Array, offset: number): number {
  return bytes[offset]! | (bytes[offset + 1]! << 8)
}

function uint32At(bytes: Uint8Array, offset: number): number {
  return (uint16At(bytes, offset) | (uint16At(bytes, offset + 2) << 16)) >>> 0
}
