import { piecesOf, type RandomAccess } from '@tercet/crypto'
import { type Archive, findEntry } from './archive.ts'
import { JsonScanner, JsonShapeError } from './json-scanner.ts'
import { assertEntries, DEFAULT_READ_LIMITS, plausibleTextBytes, type ReadLimits } from './read-limits.ts'
import {
  DIRECTORY_ENTRY,
  decodeTarHeader,
  paddedBytes,
  TAR_BLOCK_BYTES,
  TRAILER_BYTES,
  TRAILER_MARK
} from './tar-format.ts'
import { VolumeError } from './volume-error.ts'
import { viewOf, type ZipDirectory, ZipDirectoryBuilder } from './zip-directory.ts'
import { METHOD_STORED, readUint64 } from './zip-format.ts'

/** Names that are hashes do not compress, so a directory is not much longer than the whole volume is, packed. */
const MAX_DIRECTORY_RATIO = 16

/**
 * Opens the tar of a volume, which must be unpacked. The directory at its end is used where it is whole; else the
 * headers are walked from the start, and every entry counts that is there completely.
 *
 * @param packedBytes length of what the tar was unpacked from
 * @throws VolumeError `VOLUME_ARCHIVE_INVALID` when there is no entry at all, `VOLUME_LIMIT_EXCEEDED`
 */
export function openTar(
  access: RandomAccess,
  packedBytes = access.size,
  { maxEntries, maxListBytes }: ReadLimits = DEFAULT_READ_LIMITS
): Archive {
  const most = plausibleTextBytes(packedBytes, MAX_DIRECTORY_RATIO, maxListBytes)
  const directory = readDirectory(access, most)
  const found = directory ?? walkHeaders(access, maxEntries)
  assertEntries(found.count, maxEntries)
  if (found.count === 0) {
    throw new VolumeError(
      'VOLUME_ARCHIVE_INVALID',
      'The file is no tar archive, or almost all of it is missing'
    )
  }
  return new OpenTar(access, found, directory === undefined)
}

class OpenTar implements Archive {
  readonly isSolid = true
  readonly directory: ZipDirectory
  readonly recovered: boolean
  readonly #access: RandomAccess

  constructor(access: RandomAccess, directory: ZipDirectory, recovered: boolean) {
    this.#access = access
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
    const size = this.#checkedSize(entry, maxBytes)
    return this.#access.read(this.directory.offsets[entry]!, size)
  }

  readUnchecked(entry: number, maxBytes: number): Uint8Array {
    return this.read(entry, maxBytes)
  }

  readPacked(entry: number): Uint8Array {
    return this.read(entry, Number.POSITIVE_INFINITY)
  }

  async *stream(entry: number, maxBytes: number): AsyncGenerator<Uint8Array, void, undefined> {
    const size = this.#checkedSize(entry, maxBytes)
    yield* piecesOf(this.#access, this.directory.offsets[entry]!, size)
  }

  #checkedSize(entry: number, maxBytes: number): number {
    const size = this.directory.sizes[entry]!
    if (size <= maxBytes) return size
    throw new VolumeError(
      'VOLUME_LIMIT_EXCEEDED',
      `The entry ${this.name(entry)} has ${size} bytes; at most ${maxBytes} are expected`,
      { context: { sizeBytes: size, maxBytes } }
    )
  }
}

/** What the entry at the end says; undefined when it is missing or broken anywhere. */
function readDirectory(access: RandomAccess, maxBytes: number): ZipDirectory | undefined {
  if (access.size < TAR_BLOCK_BYTES + TRAILER_BYTES || access.size % TAR_BLOCK_BYTES !== 0) return undefined
  const trailer = new Uint8Array(access.read(access.size - TRAILER_BYTES, TRAILER_BYTES))
  if (TRAILER_MARK.some((byte, i) => trailer[8 + i] !== byte)) return undefined
  const headerAt = readUint64(viewOf(trailer), 0)
  const start = headerAt + TAR_BLOCK_BYTES
  if (!(start + TRAILER_BYTES <= access.size)) return undefined
  const header = decodeTarHeader(access.read(headerAt, TAR_BLOCK_BYTES))
  if (header === undefined || new TextDecoder().decode(header.name) !== DIRECTORY_ENTRY) return undefined
  if (start + header.sizeBytes !== access.size || header.sizeBytes > maxBytes) return undefined
  const json = access.read(start, header.sizeBytes - TRAILER_BYTES)
  let end = json.length
  while (end > 0 && json[end - 1] === 0) end--
  try {
    return parseDirectory(json.subarray(0, end), headerAt)
  } catch (error) {
    if (error instanceof JsonShapeError) return undefined
    throw error
  }
}

/** `{"name":{"Offset":…,"Size":…,"LastWriteTime":…},…}`: the keys exactly as they are here. */
function parseDirectory(json: Uint8Array, limit: number): ZipDirectory {
  const builder = new ZipDirectoryBuilder()
  const scanner = new JsonScanner(json, 0)
  scanner.object((name) => {
    let offset: number | undefined
    let size: number | undefined
    scanner.object((key) => {
      if (key === 'Offset') offset = scanner.count(limit)
      else if (key === 'Size') size = scanner.count(limit)
      else scanner.skip()
    })
    if (offset === undefined || size === undefined || offset + size > limit)
      throw new JsonShapeError('an entry does not lie within the archive')
    addStored(builder, new TextEncoder().encode(name), offset, size)
  })
  scanner.end()
  return builder.finish()
}

function walkHeaders(access: RandomAccess, maxEntries: number): ZipDirectory {
  const builder = new ZipDirectoryBuilder()
  let count = 0
  for (let at = 0; at + TAR_BLOCK_BYTES <= access.size; ) {
    const header = decodeTarHeader(access.read(at, TAR_BLOCK_BYTES))
    if (header === undefined) break
    at += TAR_BLOCK_BYTES
    if (at + header.sizeBytes > access.size) break
    const isDirectory = new TextDecoder().decode(header.name) === DIRECTORY_ENTRY
    if (header.isFile && !isDirectory) {
      assertEntries(++count, maxEntries)
      addStored(builder, header.name, at, header.sizeBytes)
    }
    at += paddedBytes(header.sizeBytes)
  }
  return builder.finish()
}

function addStored(builder: ZipDirectoryBuilder, name: Uint8Array, offset: number, size: number): void {
  builder.add(name, offset, size, size, 0, METHOD_STORED, 0)
}
