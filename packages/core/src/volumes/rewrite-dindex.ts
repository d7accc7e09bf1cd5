import type { HashAlgorithm } from '@tercet/crypto'
import {
  createCompressor,
  createDindexWriter,
  type DindexReader,
  parseCompression,
  type VolumeSettings
} from '@tercet/volume-format'
import type { VolumeFile } from './finished-volume.ts'
import { openOwnVolume } from './own-volume.ts'
import { VolumeFileWriter } from './volume-file-writer.ts'
import type { VolumeKey } from './volume-key.ts'

export interface DindexChange {
  /** Name and place of the new file. */
  readonly name: string
  readonly path: string
  /** Name of the dblock as the dindex has it. */
  readonly from: string
  /** The dblock as it will be stored. */
  readonly dblock: Pick<VolumeFile, 'name' | 'hash' | 'sizeBytes'>
  readonly createdAt: Date
}

/**
 * Writes a dindex again because the dblock that it describes has another name, or other bytes (format section 1.2). The
 * new file is a volume of its own: it gets a name, and its own size and hash. The old one is left where it is.
 *
 * @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`
 */
export async function rewriteDindex(
  dindex: VolumeFile,
  change: DindexChange,
  options: {
    readonly key: VolumeKey | undefined
    readonly fileHash: HashAlgorithm
    readonly settings: VolumeSettings
  }
): Promise<VolumeFile> {
  using source = (await openOwnVolume(dindex, options)) as DindexReader & Disposable
  using compressor = createCompressor(parseCompression(source.compression))
  const { settings } = options
  const sink = new VolumeFileWriter({ path: change.path, ...options })
  try {
    const writer = createDindexWriter({ sink, settings, compressor, createdAt: change.createdAt })
    for (const { hash, bytes } of source.lists()) writer.addList(hash, bytes)
    for (const volume of source.volumes()) {
      const { name, hash, sizeBytes } = change.dblock
      const { hashes, sizes } = volume
      if (volume.name === change.from)
        writer.addVolume({ name, hashes, sizes, volumeHash: hash, volumeSize: sizeBytes })
      else writer.addVolume({ ...volume })
    }
    writer.finish()
    return { name: change.name, path: change.path, ...sink.finish() }
  } catch (error) {
    sink.discard()
    throw error
  }
}
