import { assertKnownKeys, ConfigurationError, type Secret, type StorageBackend } from '@tercet/interface'
import {
  assertVolumePrefix,
  type CompressionSetting,
  DEFAULT_COMPRESSION,
  DEFAULT_VOLUME_SETTINGS,
  isBlocksize
} from '@tercet/volume-format'
import type { Catalog } from '../catalog/catalog.ts'
import { CoreError } from '../core-error.ts'

export interface BlockStoreOptions {
  /** Knows which block is where. Of this store alone; stays the caller's, and must outlive the store. */
  readonly catalog: Catalog
  /** Keeps the volumes; stays the caller's. */
  readonly backend: StorageBackend
  /** Begins the names of the volumes. @defaultValue 'blocks' */
  readonly prefix?: string | undefined
  /** Undefined: volumes are not encrypted. */
  readonly passphrase?: Secret | string | undefined
  /** Bytes of the largest block, 1024 to 2^31 - 1, fixed for the life of the store. @defaultValue 1 MiB */
  readonly blockSizeBytes?: number | undefined
  /** Size at which a volume is closed and sent; at least twice that of a block. @defaultValue 50 MiB */
  readonly volumeSizeBytes?: number | undefined
  /** @defaultValue zstd */
  readonly compression?: CompressionSetting | undefined
  /** Where volumes wait until they are stored. @defaultValue the system's folder for temporary files */
  readonly spoolFolder?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const KEYS: readonly (keyof BlockStoreOptions)[] = [
  'catalog',
  'backend',
  'prefix',
  'passphrase',
  'blockSizeBytes',
  'volumeSizeBytes',
  'compression',
  'spoolFolder',
  'signal'
]

const VOLUME_BYTES = 50 * 1024 * 1024

/** {@link BlockStoreOptions} with every default. */
export type ResolvedBlockStoreOptions = ReturnType<typeof resolveBlockStoreOptions>

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`; VolumeError `VOLUME_INVALID_NAME` */
export function resolveBlockStoreOptions(options: BlockStoreOptions) {
  assertKnownKeys(options, KEYS, 'createBlockStore')
  const { catalog, backend, prefix = 'blocks', passphrase, spoolFolder, signal } = options
  assertVolumePrefix(prefix)
  const blocksize = options.blockSizeBytes ?? DEFAULT_VOLUME_SETTINGS.blocksize
  if (!isBlocksize(blocksize)) throw invalid('blockSizeBytes', blocksize, 'is no size of a block')
  const volumeSizeBytes = options.volumeSizeBytes ?? Math.max(VOLUME_BYTES, 2 * blocksize)
  if (!Number.isSafeInteger(volumeSizeBytes)) throw invalid('volumeSizeBytes', volumeSizeBytes, 'is no size')
  if (volumeSizeBytes < 2 * blocksize) {
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      `createBlockStore: "volumeSizeBytes" (${volumeSizeBytes}) must be at least twice the block size (${blocksize})`
    )
  }
  const settings = { ...DEFAULT_VOLUME_SETTINGS, blocksize }
  const compression = options.compression ?? DEFAULT_COMPRESSION
  return { catalog, backend, prefix, passphrase, settings, volumeSizeBytes, compression, spoolFolder, signal }
}

const SETTING = 'block-store'
/** Set until everything that was at the destination is in the catalog. */
const ADOPTING = 'block-store-adopting'

/**
 * Makes the catalog that of this store, or sees that it is.
 *
 * @throws CoreError `BLOCK_STORE_MISMATCH`
 */
export function claimCatalog(options: ResolvedBlockStoreOptions): void {
  const { catalog, prefix, settings, passphrase } = options
  const text = JSON.stringify({ prefix, blocksize: settings.blocksize, encrypted: passphrase !== undefined })
  const known = catalog.settings.get(SETTING)
  if (known === text) return
  if (known !== undefined) {
    throw mismatch(catalog, `is of a block store with other settings (${known} instead of ${text})`)
  }
  const [volume] = catalog.volumes.all()
  const isOfBackup = volume !== undefined || catalog.settings.get('prefix') !== undefined
  if (isOfBackup) throw mismatch(catalog, 'is that of a backup')
  catalog.transaction(() => {
    catalog.settings.set(SETTING, text)
    catalog.settings.set(ADOPTING, 1)
  })
}

/** The catalog is new, and may not know yet what the destination holds. */
export function isAdopting(catalog: Catalog): boolean {
  return catalog.settings.get(ADOPTING) !== undefined
}

export function setAdopted(catalog: Catalog): void {
  catalog.settings.set(ADOPTING, undefined)
}

function mismatch({ path }: Catalog, problem: string): CoreError {
  return new CoreError(
    'BLOCK_STORE_MISMATCH',
    `The catalog ${path} ${problem}: open the store with the settings that it began with, or name another catalog`,
    { context: { path } }
  )
}

function invalid(key: string, value: unknown, reason: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${key}: ${JSON.stringify(value)} ${reason}`, {
    context: { key }
  })
}
