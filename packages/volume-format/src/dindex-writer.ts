import {
  type ByteSink,
  base64Length,
  encodeBase64Into,
  hashSizeBytes,
  type RandomAccess,
  toBase64,
  toUrlBase64
} from '@tercet/crypto'
import { assertKnownKeys } from '@tercet/interface'
import { ByteBuffer } from './byte-buffer.ts'
import type { Compressor } from './compressor.ts'
import { beginVolume, type VolumeWriterOptions, WRITER_KEYS } from './dblock-writer.ts'
import type { Platform } from './platform.ts'
import { VolumeError } from './volume-error.ts'
import { parseVolumeName } from './volume-name.ts'
import { METHOD_STORED } from './zip-format.ts'
import { openZip } from './zip-reader.ts'
import { createZipWriter } from './zip-writer.ts'

/** What a dindex says about one dblock. */
export interface IndexedDblock {
  /** Full remote name of the dblock. */
  readonly name: string
  /** Raw hashes of all its blocks, one after the other. */
  readonly hashes: Uint8Array
  /** Length of each of these blocks. */
  readonly sizes: Uint32Array
  /** File-hash of the remote file, after encryption. */
  readonly volumeHash?: Uint8Array | undefined
  /** Length of the remote file. */
  readonly volumeSize?: number | undefined
}

export interface DindexWriterOptions extends VolumeWriterOptions {
  readonly compressor: Compressor
}

/** Writes one dindex volume (format section 4). Lists and dblocks may come in any order; nothing is held back. */
export interface DindexWriter {
  /**
   * Adds a copy of a blocklist, unless this dindex has it already.
   *
   * @param bytes raw block hashes, one after the other: exactly the block that `hash` names
   */
  addList(hash: Uint8Array, bytes: Uint8Array): void
  /** @throws VolumeError `VOLUME_INVALID_NAME` when the name is not that of a volume */
  addVolume(volume: IndexedDblock): void
  /** Writes the directory; returns the length of the archive. The sink stays the caller's to finish. */
  finish(): number
}

const VOLUME_FOLDER = 'vol/'
const LIST_FOLDER = 'list/'
const encoder = new TextEncoder()

export function createDindexWriter(platform: Platform, options: DindexWriterOptions): DindexWriter {
  assertKnownKeys(options, [...WRITER_KEYS, 'compressor'], 'createDindexWriter')
  const { settings, compressor } = options
  const archive = beginVolume(platform, options, compressor.solid)
  const hashSize = hashSizeBytes(settings.blockHash)
  const lists = new Set<string>()
  return {
    addList(hash, bytes) {
      if (bytes.length === 0 || bytes.length % hashSize !== 0) {
        throw new RangeError(`A blocklist of ${bytes.length} bytes does not hold hashes of ${hashSize} bytes`)
      }
      const name = LIST_FOLDER + toUrlBase64(hash)
      if (lists.has(name)) return
      lists.add(name)
      archive.addEntry(encoder.encode(name), bytes, bytes, METHOD_STORED)
    },
    addVolume(volume) {
      const parsed = parseVolumeName(volume.name)
      if (parsed?.type !== 'dblock' || parsed.parity !== undefined) {
        throw new VolumeError('VOLUME_INVALID_NAME', `Not a name of a dblock: ${JSON.stringify(volume.name)}`)
      }
      const json = encodeIndexedDblock(volume, hashSize)
      const packed = compressor.compress(json)
      archive.addEntry(encoder.encode(VOLUME_FOLDER + volume.name), json, packed, compressor.method)
    },
    finish: () => archive.finish()
  }
}

/**
 * The JSON of a `vol/` entry, without a byte-order mark. Duplicati reads it token by token, so the order of properties
 * is part of the format: `blocks` first, in it `hash` before `size`, then `volumehash` and `volumesize`.
 */
function encodeIndexedDblock(volume: IndexedDblock, hashSize: number): Uint8Array {
  const { hashes, sizes, volumeHash, volumeSize } = volume
  if (hashes.length !== sizes.length * hashSize)
    throw new RangeError('Each block needs one hash and one size')
  const json = new ByteBuffer(64 + sizes.length * (base64Length(hashSize) + 30))
  json.appendAscii('{"blocks":[')
  for (let i = 0; i < sizes.length; i++) {
    json.append(i === 0 ? BLOCK_START : NEXT_BLOCK_START)
    json.reserve(base64Length(hashSize))
    json.length = encodeBase64Into(hashes.subarray(i * hashSize, (i + 1) * hashSize), json.bytes, json.length)
    json.append(BLOCK_SIZE)
    json.appendAscii(String(sizes[i]))
    json.append(BLOCK_END)
  }
  const tail =
    volumeHash === undefined || volumeSize === undefined
      ? ']}'
      : `],"volumehash":"${toBase64(volumeHash)}","volumesize":${volumeSize}}`
  json.appendAscii(tail)
  return json.filled()
}

const BLOCK_START = encoder.encode('{"hash":"')
const NEXT_BLOCK_START = encoder.encode(',{"hash":"')
const BLOCK_SIZE = encoder.encode('","size":')
const BLOCK_END = encoder.encode('}')

export interface RenameInDindexOptions {
  /** Name of the dblock as the dindex has it. */
  readonly from: string
  readonly to: string
  readonly createdAt: Date
}

/**
 * Copies a dindex whose dblock was uploaded under another name than planned. Entries are copied as they are packed; the
 * content of the renamed one does not depend on the name.
 *
 * @param access plaintext of the dindex
 * @throws VolumeError `VOLUME_ENTRY_MISSING` when it does not describe `from`; what was written is useless then
 */
export function renameInDindex(
  platform: Platform,
  access: RandomAccess,
  sink: ByteSink,
  options: RenameInDindexOptions
): number {
  const source = openZip(platform, access)
  const renamed = source.find(VOLUME_FOLDER + options.from)
  if (renamed < 0) {
    throw new VolumeError('VOLUME_ENTRY_MISSING', `The dindex does not describe ${options.from}`, {
      context: { dblock: options.from }
    })
  }
  const archive = createZipWriter(platform.crc32, sink, { createdAt: options.createdAt })
  const { count, methods, crcs, packedSizes, sizes } = source.directory
  for (let entry = 0; entry < count; entry++) {
    const name = entry === renamed ? encoder.encode(VOLUME_FOLDER + options.to) : source.nameBytes(entry)
    archive.beginEntry(name, methods[entry]!, crcs[entry]!, packedSizes[entry]!, sizes[entry]!)
    archive.writePacked(source.readPacked(entry))
  }
  return archive.finish()
}
