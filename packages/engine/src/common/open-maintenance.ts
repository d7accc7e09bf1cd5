import { createSpool, type Spool, VolumeStore } from '@tercet/core'
import { systemClock } from '@tercet/interface'
import type { EngineContext } from './context.ts'
import { EngineError } from './engine-error.ts'
import type { EventListener } from './events.ts'
import { presentEncryption } from './present-encryption.ts'
import { readStoredCompression } from './stored-compression.ts'
import { requireStoredSettings, type StoredSettings } from './stored-settings.ts'
import { deriveVolumeKeys, type VolumeKeys } from './volume-keys.ts'

export interface MaintenanceOptions {
  readonly onEvent?: EventListener | undefined
}

/**
 * What operations work with that look after a destination without storing a new version. What they store takes the place
 * of something older that goes afterwards, so it is read back first.
 */
export interface Maintenance extends Disposable {
  readonly store: VolumeStore
  readonly settings: StoredSettings
  /** Undefined: volumes are plain, or there is no passphrase. */
  readonly keys: VolumeKeys | undefined
  /** For files on their way. */
  readonly spool: Spool
}

/** @throws EngineError `ENGINE_CATALOG_EMPTY`; CoreError `SPOOL_*` */
export function openMaintenance(context: EngineContext, options: MaintenanceOptions = {}): Maintenance {
  const { backend, catalog, clock = systemClock, retries, retryDelayMs } = context
  const settings = requireStoredSettings(catalog)
  const keys = settings.encrypted ? deriveVolumeKeys(context, presentEncryption(catalog)) : undefined
  const spool = createSpool({ folder: context.spoolFolder, clock: () => clock.now() })
  const { prefix } = settings
  const compression = readStoredCompression(catalog)
  const recipe = { prefix, settings, compression, ...keys }
  const checks = { verifyUploads: 'content', ...options } as const
  const store = new VolumeStore({
    backend,
    catalog,
    spool,
    ...recipe,
    clock,
    retries,
    retryDelayMs,
    ...checks
  })
  return { store, settings, keys, spool, [Symbol.dispose]: () => spool[Symbol.dispose]() }
}

/**
 * The keys that new volumes are encrypted with, and that open old ones; undefined where volumes are plain.
 *
 * @throws EngineError `ENGINE_PASSPHRASE_MISSING`
 */
export function requireKeys({ settings, keys }: Maintenance): VolumeKeys | undefined {
  if (!settings.encrypted || keys !== undefined) return keys
  throw new EngineError('ENGINE_PASSPHRASE_MISSING', 'The destination is encrypted: give its passphrase')
}
