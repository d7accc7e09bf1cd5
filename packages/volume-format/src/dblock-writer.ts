import { type ByteSink, base64Length, encodeUrlBase64Into, hashSizeBytes } from '@tercet/crypto'
import { assertKnownKeys } from '@tercet/interface'
import type { ArchiveWriter } from './archive.ts'
import type { SolidCompression } from './compression-setting.ts'
import type { CompressionHint, Compressor } from './compressor.ts'
import type { PackedBlock } from './dblock-reader.ts'
import { createDecompressor, type Decompressor } from './decompressor.ts'
import { HashIndex } from './hash-index.ts'
import { encodeManifest, MANIFEST_ENTRY } from './manifest.ts'
import type { Platform } from './platform.ts'
import { TarWriter } from './tar-writer.ts'
import { VolumeError } from './volume-error.ts'
import type { VolumeSettings } from './volume-settings.ts'
import { METHOD_STORED } from './zip-format.ts'
import { createZipWriter } from './zip-writer.ts'

export interface VolumeWriterOptions {
  /** Receives the archive; an encryptor is such a sink. */
  readonly sink: ByteSink
  readonly settings: VolumeSettings
  readonly createdAt: Date
  /** @defaultValue the name and version of this library */
  readonly appVersion?: string | undefined
}

/** Names of {@link VolumeWriterOptions}. */
export const WRITER_KEYS: readonly string[] = ['sink', 'settings', 'createdAt', 'appVersion']

export interface DblockWriterOptions extends VolumeWriterOptions {
  /** Stays the caller's, who uses it for one volume after the other. */
  readonly compressor: Compressor
  /** Size at which a volume is full, before encryption; at least twice the block size. */
  readonly dblockSizeBytes: number
}

/** What a finished dblock holds, as its dindex has to say. */
export interface DblockContent {
  readonly count: number
  /** Raw hashes, one after the other, in the order of the file. */
  readonly hashes: Uint8Array
  /** Length of each block. */
  readonly sizes: Uint32Array
  /** Length of the archive, before encryption. */
  readonly sizeBytes: number
}

/** Writes one dblock volume: a manifest and blocks, each an entry named after its hash (format section 3). */
export interface DblockWriter {
  readonly blockCount: number
  /** Length of the archive if it ended now, directory included. */
  readonly sizeBytes: number
  /** True once no further block of full length is sure to fit: finish this volume and begin another. */
  readonly isFull: boolean
  /**
   * Adds a block, unless this volume has it already.
   *
   * @param hash of exactly the length of the block-hash algorithm
   * @param data 1 to `blocksize` bytes
   * @returns false when the volume had the block
   * @throws RangeError for data of an impossible length
   */
  addBlock(hash: Uint8Array, data: Uint8Array, hint?: CompressionHint): boolean
  /** As {@link DblockWriter.addBlock}, for a block that another volume has: it is copied as it is compressed there. */
  addPackedBlock(hash: Uint8Array, block: PackedBlock): boolean
  /** Writes the directory. The sink stays the caller's to finish. */
  finish(): DblockContent
}

export function createDblockWriter(platform: Platform, options: DblockWriterOptions): DblockWriter {
  assertKnownKeys(options, [...WRITER_KEYS, 'compressor', 'dblockSizeBytes'], 'createDblockWriter')
  const { settings, compressor, dblockSizeBytes } = options
  const archive = beginVolume(platform, options, compressor.solid)
  const hashSize = hashSizeBytes(settings.blockHash)
  const index = new HashIndex(hashSize, 256)
  const name = new Uint8Array(base64Length(hashSize))
  let sizes = new Uint32Array(256)
  let decompressor: Decompressor | undefined

  /** Takes note of a block and encodes its name; false: it is there already. */
  const enter = (hash: Uint8Array, sizeBytes: number): boolean => {
    if (hash.length !== hashSize)
      throw new RangeError(`A block hash has ${hashSize} bytes, not ${hash.length}`)
    if (sizeBytes < 1 || sizeBytes > settings.blocksize) {
      throw new RangeError(`A block has 1 to ${settings.blocksize} bytes, not ${sizeBytes}`)
    }
    const ordinal = index.add(hash)
    if (ordinal < 0) return false
    if (ordinal === sizes.length) {
      const grown = new Uint32Array(sizes.length * 2)
      grown.set(sizes)
      sizes = grown
    }
    sizes[ordinal] = sizeBytes
    encodeUrlBase64Into(hash, name, 0)
    return true
  }

  return {
    get blockCount() {
      return index.count
    },
    get sizeBytes() {
      return archive.sizeBytes
    },
    get isFull() {
      return archive.sizeBytes > dblockSizeBytes - settings.blocksize
    },

    addBlock(hash, data, hint) {
      if (!enter(hash, data.length)) return false
      const packed = compressor.compress(data, hint)
      archive.addEntry(name, data, packed, compressor.method)
      return true
    },

    addPackedBlock(hash, { method, crc, sizeBytes, bytes, isSolid }) {
      if (!enter(hash, sizeBytes)) return false
      if (isSolid || archive.isSolid) {
        // Nothing compressed that could be copied, or no place for it.
        decompressor ??= createDecompressor(platform)
        const content = decompressor.decompress(method, bytes, sizeBytes)
        archive.addEntry(name, content, compressor.compress(content), compressor.method)
        return true
      }
      archive.beginEntry(name, method, crc, bytes.length, sizeBytes)
      archive.writePacked(bytes)
      return true
    },

    finish() {
      const sizeBytes = archive.finish()
      return {
        count: index.count,
        hashes: index.hashes().slice(),
        sizes: sizes.slice(0, index.count),
        sizeBytes
      }
    }
  }
}

/** @throws VolumeError `VOLUME_UNSUPPORTED_METHOD` for Zstandard where it cannot be written */
function createTarWriter(
  platform: Platform,
  solid: SolidCompression,
  sink: ByteSink,
  createdAt: Date
): ArchiveWriter {
  const stream = platform.createSolidStream(solid, sink)
  if (stream !== undefined) return new TarWriter(stream, createdAt)
  throw new VolumeError(
    'VOLUME_UNSUPPORTED_METHOD',
    'Zstandard cannot be written on this platform: use deflate, tgz or none'
  )
}

/** Starts an archive with the manifest that every volume begins with. */
export function beginVolume(
  platform: Platform,
  options: VolumeWriterOptions,
  solid: SolidCompression | undefined
): ArchiveWriter {
  const { sink, settings, createdAt, appVersion } = options
  const archive =
    solid === undefined
      ? createZipWriter(platform.crc32, sink, { createdAt })
      : createTarWriter(platform, solid, sink, createdAt)
  const manifest = encodeManifest(settings, { createdAt, appVersion })
  archive.addEntry(new TextEncoder().encode(MANIFEST_ENTRY), manifest, manifest, METHOD_STORED)
  return archive
}
