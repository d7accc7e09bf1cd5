import type { OpenPgpVolumeKey, VolumeKey } from '@tercet/core'
import {
  type AesCryptKeyring,
  createAesCryptKeyring,
  createGpgProgram,
  createOpenPgpKeyring,
  deriveAesCryptKey,
  type OpenPgpDecryptor,
  type OpenPgpEncryptor
} from '@tercet/crypto'
import type { GpgProgramOptions } from '@tercet/crypto/node'
import type { Secret } from '@tercet/interface'

/** How volumes are encrypted. Plain data. */
export interface EncryptionSettings {
  /** Of new volumes. @defaultValue as the newest volumes of the destination are, else 'aes' */
  readonly module?: 'aes' | 'gpg' | undefined
  /** Version of AES Crypt of new volumes. @defaultValue 2 */
  readonly aesVersion?: 2 | 3 | undefined
  /** Rounds of the derivation of a key in version 3. @defaultValue 300000 */
  readonly aesIterations?: number | undefined
  /** Use the gpg program for OpenPGP, in this way. @defaultValue a library, which knows passphrases only */
  readonly gpg?: Omit<GpgProgramOptions, 'passphrase'> | undefined
  /** OpenPGP messages as text. @defaultValue false */
  readonly armor?: boolean | undefined
}

/** The key for new volumes, and what opens old ones. */
export interface VolumeKeys {
  readonly key: VolumeKey
  readonly keyring: AesCryptKeyring
  /** Set where new volumes become OpenPGP messages. */
  readonly encryptor?: OpenPgpEncryptor | undefined
}

/** What a destination can be opened with. */
export interface KeySource {
  readonly passphrase?: Secret | string | undefined
  readonly encryption?: EncryptionSettings | undefined
}

/** Whether there is anything to encrypt with: a passphrase, or keys of somebody. */
export function canEncrypt({ passphrase, encryption }: KeySource): boolean {
  return passphrase !== undefined || (encryption?.gpg?.recipients?.length ?? 0) > 0
}

/** Opens volumes; undefined: there is nothing that could open any. */
export function createVolumeKeyring(source: KeySource): AesCryptKeyring | undefined {
  const { passphrase } = source
  const openPgp = gpgOf(source)
  if (passphrase !== undefined) return createAesCryptKeyring(passphrase, { openPgp })
  return openPgp && createOpenPgpKeyring(openPgp)
}

const OPEN_PGP: OpenPgpVolumeKey = Object.freeze({ encryption: 'gpg' })

/**
 * Derives the key that all volumes of a run share; about 10 ms.
 *
 * @param present how the newest volumes of the destination are encrypted
 */
export function deriveVolumeKeys(source: KeySource, present: 'aes' | 'gpg' = 'aes'): VolumeKeys | undefined {
  const { passphrase, encryption = {} } = source
  if (!canEncrypt(source)) return undefined
  const openPgp = gpgOf(source)
  const recipients = encryption.gpg?.recipients?.length ?? 0
  if ((encryption.module ?? (recipients > 0 ? 'gpg' : present)) === 'gpg' || passphrase === undefined) {
    const { armor } = encryption
    const encryptor = openPgp ?? libraryEncryptor(passphrase ?? '', armor)
    return { key: OPEN_PGP, keyring: createVolumeKeyring(source)!, encryptor }
  }
  const { aesVersion: version, aesIterations: iterations } = encryption
  const key = deriveAesCryptKey(passphrase, { version, ...(version === 3 ? { iterations } : {}) })
  return { key, keyring: createAesCryptKeyring(passphrase, { keys: [key], openPgp }) }
}

/** Loads the library when it is needed, because it is large. */
function libraryEncryptor(passphrase: Secret | string, armor: boolean | undefined): OpenPgpEncryptor {
  return {
    async *encrypt(input) {
      const { encryptOpenPgp } = await import('@tercet/crypto/openpgp')
      yield* encryptOpenPgp(input, { passphrase, armor })
    }
  }
}

function gpgOf({ passphrase, encryption }: KeySource): (OpenPgpEncryptor & OpenPgpDecryptor) | undefined {
  const { gpg, armor } = encryption ?? {}
  return gpg && createGpgProgram({ ...gpg, passphrase, ...(armor === undefined ? {} : { armor }) })
}
