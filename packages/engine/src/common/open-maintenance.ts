import { createSpool, VolumeStore } from '@tercet/core'
import { createAesCryptKeyring } from '@tercet/crypto'
import { systemClock } from '@tercet/interface'
import type { EngineContext } from './context.ts'
import type { EventListener } from './events.ts'
import { requireStoredSettings, type StoredSettings } from './stored-settings.ts'

/** What operations work with that look after a destination without storing a new version. */
export interface Maintenance extends Disposable {
  readonly store: VolumeStore
  readonly settings: StoredSettings
}

/** @throws EngineError `ENGINE_CATALOG_EMPTY`; CoreError `SPOOL_*` */
export function openMaintenance(context: EngineContext, onEvent?: EventListener): Maintenance {
  const { backend, catalog, passphrase, spoolFolder, clock = systemClock } = context
  const settings = requireStoredSettings(catalog)
  const spool = createSpool({ folder: spoolFolder, clock: () => clock.now() })
  const keyring = passphrase === undefined ? undefined : createAesCryptKeyring(passphrase)
  const { prefix } = settings
  const store = new VolumeStore({ backend, catalog, spool, prefix, settings, keyring, onEvent, clock })
  return { store, settings, [Symbol.dispose]: () => spool[Symbol.dispose]() }
}
