import { type AesCryptKey, openAesCrypt, openFileAccess } from '@tercet/crypto'
import { renameInDindex } from '@tercet/volume-format'
import type { VolumeFile } from './finished-volume.ts'
import { keyringOf } from './keyring-of.ts'
import { type VolumeFileOptions, VolumeFileWriter } from './volume-file-writer.ts'

/**
 * Writes a dindex again because the dblock that it describes has another name (format section 1.2). The new file is a
 * volume of its own: it gets `name`, and its own size and hash. The old one is left where it is.
 *
 * @throws CoreError `SPOOL_FULL`, `SPOOL_FAILED`
 */
export function rewriteDindex(
  dindex: VolumeFile,
  change: {
    readonly name: string
    readonly path: string
    readonly from: string
    readonly to: string
    readonly createdAt: Date
  },
  options: { readonly key: AesCryptKey | undefined } & Pick<VolumeFileOptions, 'fileHash'>
): VolumeFile {
  using file = openFileAccess(dindex.path)
  const archive = options.key === undefined ? file : openAesCrypt(file, keyringOf(options.key))
  const target = new VolumeFileWriter({ path: change.path, ...options })
  try {
    renameInDindex(archive, target, change)
    return { name: change.name, path: change.path, ...target.finish() }
  } catch (error) {
    target.discard()
    throw error
  }
}
