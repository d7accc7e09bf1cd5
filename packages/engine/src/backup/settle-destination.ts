import type { CatalogReader } from '@tercet/core'
import { ConfigurationError } from '@tercet/interface'
import { DEFAULT_VOLUME_SETTINGS } from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'
import { readStoredSettings, type StoredSettings } from '../common/stored-settings.ts'
import { usualVolumeSize } from '../common/stored-volume-size.ts'
import type { ResolvedBackupOptions } from './backup-options.ts'

const DEFAULT_PREFIX = 'duplicati'

/** Settings of a run, some of them fixed by the destination. */
export interface SettledDestination extends StoredSettings {
  readonly isNew: boolean
  readonly volumeSizeBytes: number
}

/**
 * Joins what the destination has fixed with what the options say. Only block size, hashes, prefix and whether there is
 * a passphrase are fixed; volume size, compression and index policy are facts of each volume.
 *
 * @throws EngineError `BACKUP_PARAMETER_CHANGED`, `BACKUP_PASSPHRASE_MISSING`, `BACKUP_PASSPHRASE_UNEXPECTED`
 * @throws ConfigurationError `CONFIG_CONFLICT` for a volume size below two blocks
 */
export function settleDestination(
  catalog: CatalogReader,
  options: ResolvedBackupOptions,
  hasPassphrase: boolean
): SettledDestination {
  const stored = readStoredSettings(catalog)
  if (stored !== undefined) {
    assertSame('blockSizeBytes', stored.blocksize, options.blockSizeBytes)
    assertSame('blockHash', stored.blockHash, options.blockHash)
    assertSame('fileHash', stored.fileHash, options.fileHash)
    assertSame('prefix', stored.prefix, options.prefix)
    assertPassphraseFits(stored.encrypted, hasPassphrase)
  }
  const blocksize = stored?.blocksize ?? options.blockSizeBytes ?? DEFAULT_VOLUME_SETTINGS.blocksize
  const volumeSizeBytes = options.volumeSizeBytes ?? Math.max(usualVolumeSize(catalog), 2 * blocksize)
  if (volumeSizeBytes < 2 * blocksize) {
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      `backup: "volumeSizeBytes" (${volumeSizeBytes}) must be at least twice the block size (${blocksize})`
    )
  }
  return {
    isNew: stored === undefined,
    prefix: stored?.prefix ?? options.prefix ?? DEFAULT_PREFIX,
    blocksize,
    blockHash: stored?.blockHash ?? options.blockHash ?? DEFAULT_VOLUME_SETTINGS.blockHash,
    fileHash: stored?.fileHash ?? options.fileHash ?? DEFAULT_VOLUME_SETTINGS.fileHash,
    encrypted: stored?.encrypted ?? hasPassphrase,
    volumeSizeBytes
  }
}

function assertSame(name: string, present: string | number, given: string | number | undefined): void {
  if (given === undefined || given === present) return
  throw new EngineError(
    'BACKUP_PARAMETER_CHANGED',
    `This destination has the ${name} ${present} for its whole life, and ${given} was asked for; leave the setting out or begin a new destination`,
    { context: { parameter: name, present, given } }
  )
}

function assertPassphraseFits(encrypted: boolean, hasPassphrase: boolean): void {
  if (encrypted === hasPassphrase) return
  throw encrypted
    ? new EngineError('BACKUP_PASSPHRASE_MISSING', 'This destination is encrypted: a passphrase is needed')
    : new EngineError(
        'BACKUP_PASSPHRASE_UNEXPECTED',
        'This destination is not encrypted, and a passphrase was given; begin a new destination to encrypt'
      )
}
