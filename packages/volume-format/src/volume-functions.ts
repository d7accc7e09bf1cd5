import type { ByteSink, RandomAccess } from '@tercet/crypto'
import type { Archive, ArchiveWriter } from './archive.ts'
import type { CompressionSetting } from './compression-setting.ts'
import { type Compressor, createCompressor } from './compressor.ts'
import type { DblockReader } from './dblock-reader.ts'
import { createDblockWriter, type DblockWriter, type DblockWriterOptions } from './dblock-writer.ts'
import { createDecompressor, type Decompressor } from './decompressor.ts'
import type { DindexReader } from './dindex-reader.ts'
import {
  createDindexWriter,
  type DindexWriter,
  type DindexWriterOptions,
  type RenameInDindexOptions,
  renameInDindex
} from './dindex-writer.ts'
import type { DlistReader } from './dlist-reader.ts'
import { type WriteDlistOptions, type WrittenDlist, writeDlist } from './dlist-writer.ts'
import { type OpenAnyVolumeOptions, openAnyVolume } from './open-any-volume.ts'
import { type OpenVolumeOptions, openVolume, openVolumeOf, type VolumeReader } from './open-volume.ts'
import type { Platform } from './platform.ts'
import { openZip } from './zip-reader.ts'
import { createZipWriter, type ZipWriterOptions } from './zip-writer.ts'

/** Everything in this package that depends on the platform: the same functions over different codecs. */
export interface VolumeFunctions {
  /** 32 hexadecimal digits from 128 random bits, for the name of a dblock or dindex. */
  newVolumeId(random?: (sizeBytes: number) => Uint8Array): string
  /** @throws VolumeError `VOLUME_UNSUPPORTED_METHOD` for Zstandard where it cannot be written */
  createCompressor(setting: CompressionSetting): Compressor
  createDecompressor(): Decompressor
  createDblockWriter(options: DblockWriterOptions): DblockWriter
  createDindexWriter(options: DindexWriterOptions): DindexWriter
  /** Copies a dindex with one of its dblocks renamed; see {@link RenameInDindexOptions}. */
  renameInDindex(access: RandomAccess, sink: ByteSink, options: RenameInDindexOptions): number
  writeDlist(options: WriteDlistOptions): Promise<WrittenDlist>
  /**
   * Opens a volume of any type; look at its `type`. Everything that can be wrong with the file as a whole is found here,
   * before anything in it is used.
   *
   * @throws VolumeError `VOLUME_INVALID_NAME`, `VOLUME_UNSUPPORTED_COMPRESSION`, `VOLUME_UNSUPPORTED_ENCRYPTION`,
   * `VOLUME_SIZE_MISMATCH`, `VOLUME_HASH_MISMATCH`, `VOLUME_ARCHIVE_INVALID`, `VOLUME_ENTRY_MISSING`,
   * `VOLUME_ENTRY_DAMAGED`, `VOLUME_LIMIT_EXCEEDED`, `VOLUME_LIST_INVALID`, and the `VOLUME_MANIFEST_` codes
   * @throws CryptoError `CRYPTO_NO_PASSPHRASE`, `CRYPTO_WRONG_PASSPHRASE`, `CRYPTO_CORRUPT`, `CRYPTO_TRUNCATED`,
   * `CRYPTO_NOT_AESCRYPT`, `CRYPTO_UNSUPPORTED_VERSION`
   */
  openVolume(access: RandomAccess, name: string, options?: OpenVolumeOptions): VolumeReader
  /**
   * As {@link openVolume}, for volumes of every kind: also those of OpenPGP and solid archives, which are unwrapped into
   * scratch space first, on Node in a file without a name. Dispose the result.
   *
   * @throws what {@link openVolume} throws; CryptoError `CRYPTO_NOT_OPENPGP`; the error of the file system
   */
  openAnyVolume(
    access: RandomAccess,
    name: string,
    options?: OpenAnyVolumeOptions
  ): Promise<VolumeReader & Disposable>
  /** As {@link openVolume}; another type is `VOLUME_WRONG_TYPE`. */
  openDblock(access: RandomAccess, name: string, options?: OpenVolumeOptions): DblockReader
  /** As {@link openVolume}; another type is `VOLUME_WRONG_TYPE`. */
  openDindex(access: RandomAccess, name: string, options?: OpenVolumeOptions): DindexReader
  /** As {@link openVolume}; another type is `VOLUME_WRONG_TYPE`. */
  openDlist(access: RandomAccess, name: string, options?: OpenVolumeOptions): DlistReader
  /** The container alone, without the rules of volumes. */
  openZip(access: RandomAccess): Archive
  /** The container alone, without the rules of volumes. */
  createZipWriter(sink: ByteSink, options: ZipWriterOptions): ArchiveWriter
}

export function bindVolumes(platform: Platform): VolumeFunctions {
  return {
    newVolumeId(random = platform.crypto.randomBytes) {
      return Array.from(random(16), (byte) => byte.toString(16).padStart(2, '0')).join('')
    },
    createCompressor: (setting) => createCompressor(platform, setting),
    createDecompressor: () => createDecompressor(platform),
    createDblockWriter: (options) => createDblockWriter(platform, options),
    createDindexWriter: (options) => createDindexWriter(platform, options),
    renameInDindex: (access, sink, options) => renameInDindex(platform, access, sink, options),
    writeDlist: (options) => writeDlist(platform, options),
    openVolume: (access, name, options) => openVolume(platform, access, name, options),
    openAnyVolume: (access, name, options) => openAnyVolume(platform, access, name, options),
    openDblock: (access, name, options) => openVolumeOf(platform, 'dblock', access, name, options),
    openDindex: (access, name, options) => openVolumeOf(platform, 'dindex', access, name, options),
    openDlist: (access, name, options) => openVolumeOf(platform, 'dlist', access, name, options),
    openZip: (access) => openZip(platform, access),
    createZipWriter: (sink, options) => createZipWriter(platform.crc32, sink, options)
  }
}
