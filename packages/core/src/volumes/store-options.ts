import type { AesCryptKeyring, OpenPgpEncryptor } from '@tercet/crypto'
import type { Clock, StorageBackend, VolumeStoredHook } from '@tercet/interface'
import { assertKnownKeys, ConfigurationError, systemClock } from '@tercet/interface'
import { type CompressionSetting, DEFAULT_COMPRESSION, type VolumeSettings } from '@tercet/volume-format'
import type { Catalog } from '../catalog/catalog.ts'
import type { Spool } from './spool.ts'
import type { VolumeKey } from './volume-key.ts'

/** What a volume store did. Plain JSON; numbers are totals of the store so far. */
export type VolumeStoreEvent =
  | {
      /** A volume is complete and is being sent. */
      readonly type: 'volume-start'
      readonly name: string
      readonly sizeBytes: number
    }
  | {
      /** So much was sent, of all volumes that are complete so far. */
      readonly type: 'upload-progress'
      readonly uploadedBytes: number
      readonly totalBytes: number
    }
  | {
      /** An attempt failed; the next one, under another name, follows after the pause. */
      readonly type: 'volume-retry'
      readonly name: string
      readonly attempt: number
      readonly delayMs: number
      readonly reason: string
    }
  | {
      /** The destination has acknowledged the volume. */
      readonly type: 'volume-end'
      readonly name: string
      readonly sizeBytes: number
    }

export type UploadCheck = 'no' | 'size' | 'content'

export interface VolumeStoreOptions {
  readonly backend: StorageBackend
  readonly catalog: Catalog
  readonly spool: Spool
  readonly prefix: string
  readonly settings: VolumeSettings
  /** The key that this run's volumes are encrypted with; undefined: they are plain. */
  readonly key?: VolumeKey | undefined
  /** Encrypts volumes whose key says that they become OpenPGP messages. */
  readonly encryptor?: OpenPgpEncryptor | undefined
  /** Says what kind of archive goes with a new name. @defaultValue a zip */
  readonly compression?: CompressionSetting | undefined
  /** Opens volumes of earlier runs, where only their content can tell whether they are good. */
  readonly keyring?: AesCryptKeyring | undefined
  /** Volumes sent at the same time. @defaultValue 4 */
  readonly uploads?: number | undefined
  /** Further attempts, each under a new name, after a volume could not be stored. @defaultValue 5 */
  readonly retries?: number | undefined
  /** Pause before a further attempt. @defaultValue 10 000 */
  readonly retryDelayMs?: number | undefined
  /** Double the pause with each attempt. @defaultValue false */
  readonly exponentialBackoff?: boolean | undefined
  /**
   * What is asked of the destination after it has acknowledged a volume: nothing; its `size`; or its `content`, of which
   * it gives the checksum where it can, and which is read back otherwise. @defaultValue 'no'
   */
  readonly verifyUploads?: UploadCheck | undefined
  /** Compare names at the destination without case. @defaultValue false */
  readonly caseInsensitive?: boolean | undefined
  /** Told each volume when it is safely stored, one after the other, and awaited. */
  readonly onVolumeStored?: VolumeStoredHook | undefined
  /** Display only: not awaited, and an error thrown in it changes nothing. */
  readonly onEvent?: ((event: VolumeStoreEvent) => void) | undefined
  readonly clock?: Clock | undefined
  /** Source of random bytes for names. @defaultValue the system's */
  readonly random?: ((sizeBytes: number) => Uint8Array) | undefined
}

const DEFAULTS = {
  compression: DEFAULT_COMPRESSION as CompressionSetting,
  uploads: 4,
  retries: 5,
  retryDelayMs: 10_000,
  exponentialBackoff: false,
  verifyUploads: 'no' as UploadCheck,
  caseInsensitive: false
}
const KEYS = [
  ...Object.keys(DEFAULTS),
  ...['backend', 'catalog', 'spool', 'prefix', 'settings', 'key', 'keyring', 'encryptor'],
  ...['onVolumeStored', 'onEvent', 'clock', 'random']
]

/** The options with every default filled in. */
export type ResolvedStoreOptions = Omit<VolumeStoreOptions, keyof typeof DEFAULTS | 'clock' | 'onEvent'> &
  typeof DEFAULTS & { readonly clock: Clock; emit(event: VolumeStoreEvent): void }

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveStoreOptions(options: VolumeStoreOptions): ResolvedStoreOptions {
  assertKnownKeys(options, KEYS, 'VolumeStore')
  const { onEvent, ...given } = options
  const resolved = { ...given, ...DEFAULTS }
  for (const key of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    if (given[key] !== undefined) Object.assign(resolved, { [key]: given[key] })
  }
  assertAtLeast('uploads', resolved.uploads, 1)
  assertAtLeast('retries', resolved.retries, 0)
  assertAtLeast('retryDelayMs', resolved.retryDelayMs, 0)
  return {
    ...resolved,
    clock: options.clock ?? systemClock,
    emit(event) {
      try {
        onEvent?.(event)
      } catch {
        // A display that fails must not cost a volume.
      }
    }
  }
}

function assertAtLeast(name: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `${name} must be a whole number from ${least}, not ${value}`,
    {
      context: { name, value }
    }
  )
}
