import type { VolumeSettings } from '@tercet/volume-format'
import type { VolumeFile } from './finished-volume.ts'
import { keyringOf } from './keyring-of.ts'
import { openStoredVolume, type StoredVolumeReader } from './stored-volume.ts'
import { aesKeyOf, isOpenPgp, type VolumeKey } from './volume-key.ts'

/**
 * Opens a volume of this run that is still in the spool, and makes sure that its bytes are those that were written. What
 * becomes an OpenPGP message is opened as it was before.
 */
export async function openOwnVolume(
  file: VolumeFile,
  { key, settings }: { readonly key?: VolumeKey | undefined; readonly settings: VolumeSettings }
): Promise<StoredVolumeReader> {
  const isPlain = key !== undefined && isOpenPgp(key)
  const aesKey = aesKeyOf(key)
  return await openStoredVolume({
    path: file.plainPath ?? file.path,
    name: isPlain ? file.name.replace(/\.gpg$/, '') : file.name,
    keyring: aesKey && keyringOf(aesKey),
    settings,
    expected: file.plainPath !== undefined ? undefined : { sizeBytes: file.sizeBytes, hash: file.hash }
  })
}
