import { type AesCryptKeyring, type HashAlgorithm, openFileAccess } from '@tercet/crypto'
import {
  type DblockReader,
  type DindexReader,
  type DlistReader,
  openAnyVolume,
  type VolumeSettings
} from '@tercet/volume-format'

export interface OpenStoredVolumeOptions {
  /** The file on this machine; it must not change while it is open. */
  readonly path: string
  /** The volume's name at the destination, which says what it is. */
  readonly name: string
  /** Undefined: encrypted volumes cannot be opened. */
  readonly keyring?: AesCryptKeyring | undefined
  /** What the manifest has to agree with; undefined: whatever it says. */
  readonly settings?: VolumeSettings | undefined
  /** Largest block size that is taken from a manifest where `settings` are not given. @defaultValue 16 MiB */
  readonly maxBlocksize?: number | undefined
  /** What the catalog knows of the file; undefined: nothing. */
  readonly expected?:
    | { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
    | undefined
  /** Computes the hash of the file in the same pass. @defaultValue that of `settings` when a hash is expected */
  readonly hashAlgorithm?: HashAlgorithm | undefined
}

/** A volume that is open; disposing closes its file and frees what it was unwrapped into. */
export type StoredVolumeReader = (DblockReader | DindexReader | DlistReader) & Disposable

/**
 * Opens a volume file. One pass over it verifies size, hash and, where it is encrypted, passphrase and HMAC; content is
 * decrypted on demand, so that nothing is ever held as a whole. OpenPGP and solid archives are unwrapped first, into a
 * temporary file that has no name.
 *
 * @throws VolumeError, CryptoError, or the error of the file system
 */
export async function openStoredVolume(options: OpenStoredVolumeOptions): Promise<StoredVolumeReader> {
  const file = openFileAccess(options.path)
  try {
    const { keyring, settings, maxBlocksize, expected, hashAlgorithm } = options
    const reader = await openAnyVolume(file, options.name, {
      ...(keyring === undefined ? {} : { keyring }),
      ...(settings === undefined ? {} : { settings }),
      ...(maxBlocksize === undefined ? {} : { limits: { maxBlocksize } }),
      ...(expected === undefined ? {} : { expected }),
      ...(hashAlgorithm === undefined ? {} : { hashAlgorithm })
    })
    const free = reader[Symbol.dispose]
    return Object.assign(reader, {
      [Symbol.dispose]() {
        free()
        file.close()
      }
    })
  } catch (error) {
    file.close()
    throw error
  }
}
