import { type AesCryptOptions, aesCrypt } from './aes-crypt.ts'
import { type OpenPgpOptions, openPgp } from './open-pgp.ts'
import { type TarOptions, tgz, tzstd } from './tar.ts'
import { type Method, type ZipOptions, zip } from './zip.ts'

export interface Entry {
  readonly name: string
  readonly bytes: Uint8Array
  /** How a zip archive has it, where that is not as all the others. */
  readonly method?: Method | undefined
}

/** How volumes are packed and encrypted. */
export interface VolumeKind {
  /** End of the names. */
  readonly suffix: string
  /** @param seed another one for each volume */
  pack(entries: readonly Entry[], seed: number): Uint8Array
}

export function zipKind(method: Method = 'stored', options: ZipOptions = {}): VolumeKind {
  return {
    suffix: 'zip',
    pack: (entries) =>
      zip(
        entries.map((entry) => ({ method, ...entry })),
        options
      )
  }
}

export function tarKind(kind: 'tgz' | 'tzstd', options: TarOptions = {}): VolumeKind {
  return { suffix: kind, pack: (entries) => (kind === 'tgz' ? tgz : tzstd)(entries, options) }
}

export function inAes(kind: VolumeKind, options: Omit<AesCryptOptions, 'seed'>): VolumeKind {
  return {
    suffix: `${kind.suffix}.aes`,
    pack: (entries, seed) => aesCrypt(kind.pack(entries, seed), { ...options, seed })
  }
}

export function inGpg(kind: VolumeKind, options: Omit<OpenPgpOptions, 'seed'>): VolumeKind {
  return {
    suffix: `${kind.suffix}.gpg`,
    pack: (entries, seed) => openPgp(kind.pack(entries, seed), { ...options, seed })
  }
}
