import type { CatalogReader } from '@tercet/core'
import { EngineError } from '../common/engine-error.ts'

/**
 * An interrupted backup is the newest version with changes, so that this one must stay what it is until it went on.
 *
 * @throws EngineError `ENGINE_BACKUP_INTERRUPTED`
 */
export function assertNoInterruptedBackup(catalog: CatalogReader): void {
  if (catalog.filesets.building() === undefined) return
  throw new EngineError(
    'ENGINE_BACKUP_INTERRUPTED',
    'A backup was interrupted and goes on from the newest version. Back up again, or repair, which ends it; then try again'
  )
}
