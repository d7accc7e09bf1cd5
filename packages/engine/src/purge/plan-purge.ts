import type { ReadingContext } from '../common/context.ts'
import type { PlanPurgeOptions } from './purge-options.ts'
import type { PurgePlan } from './purge-plan.ts'

/**
 * Finds out what a purge would take out of which versions. Changes nothing. A version whose list an object lock keeps
 * stays as it is, with an issue (W17).
 *
 * @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID`; CoreError `CATALOG_NO_SUCH_VERSION`; EngineError
 * `PURGE_NOTHING_MATCHES`, `PURGE_EMPTIES_VERSION`, `ENGINE_BACKUP_INTERRUPTED`, `ENGINE_CATALOG_EMPTY`,
 * `ENGINE_CATALOG_UNFINISHED`; StorageError; `signal.reason`
 */
export async function planPurge(context: ReadingContext, options: PlanPurgeOptions): Promise<PurgePlan> {
  const { makePurgePlan } = await import('./make-purge-plan.ts')
  return await makePurgePlan(context, options)
}
