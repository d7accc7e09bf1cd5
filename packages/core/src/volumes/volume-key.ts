import { type AesCryptKey, type AesCryptKeyData, exportAesCryptKey, importAesCryptKey } from '@tercet/crypto'

/**
 * Says that volumes become OpenPGP messages. That takes place when they are sent, because it cannot be done in one
 * synchronous pass: until then they lie in the spool as they are.
 */
export interface OpenPgpVolumeKey {
  readonly encryption: 'gpg'
}

/** What volumes are encrypted with. */
export type VolumeKey = AesCryptKey | OpenPgpVolumeKey

/** A {@link VolumeKey} as plain data that can be sent to a worker thread. Secret: never log or store it. */
export type VolumeKeyData = AesCryptKeyData | OpenPgpVolumeKey

/** The last part of the names of volumes with this key. */
export function encryptionOf(key: VolumeKey | undefined): 'aes' | 'gpg' | undefined {
  return key === undefined ? undefined : isOpenPgp(key) ? 'gpg' : 'aes'
}

export function isOpenPgp(key: VolumeKey | VolumeKeyData): key is OpenPgpVolumeKey {
  return 'encryption' in key
}

/** The key of volumes that are encrypted while they are written; undefined: they are not. */
export function aesKeyOf(key: VolumeKey | undefined): AesCryptKey | undefined {
  return key === undefined || isOpenPgp(key) ? undefined : key
}

export function exportVolumeKey(key: VolumeKey): VolumeKeyData {
  return isOpenPgp(key) ? key : exportAesCryptKey(key)
}

export function importVolumeKey(data: VolumeKeyData): VolumeKey {
  return isOpenPgp(data) ? data : importAesCryptKey(data)
}
