import type { CallOptions } from '@tercet/interface'
import type { EngineContext } from './context.ts'
import { openMaintenance } from './open-maintenance.ts'
import { readStoredSettings } from './stored-settings.ts'

/**
 * Writes the list of all volumes with their sizes and hashes beside them, so that a script on the server can check them
 * without catalog and passphrase. Nothing is written while there is no backup.
 *
 * @throws CoreError `SPOOL_*`; StorageError; `signal.reason`
 */
export async function writeVerificationFile(
  context: EngineContext,
  options: CallOptions = {}
): Promise<void> {
  if (readStoredSettings(context.catalog) === undefined) return
  // The key is not needed for what everybody may read.
  using maintenance = openMaintenance({ ...context, passphrase: undefined })
  await maintenance.store.writeVerificationFile(options)
}
