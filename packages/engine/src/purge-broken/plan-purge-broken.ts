import type { ReadingContext } from '../common/context.ts'
import type { PlanPurgeBrokenOptions } from './purge-broken-options.ts'
import type { PurgeBrokenPlan } from './purge-broken-plan.ts'

/**
 * Finds out what has to go so that everything that is left can be restored. Lists the destination, fetches nothing and
 * changes nothing; what nobody has verified yet counts as good.
 *
 * @throws ConfigurationError `CONFIG_*`; EngineError `PURGE_ALL_BROKEN`, `PURGE_VERSION_IS_LOCKED`,
 * `ENGINE_BACKUP_INTERRUPTED`, `ENGINE_CATALOG_EMPTY`, `ENGINE_CATALOG_UNFINISHED`; StorageError; `signal.reason`
 */
export async function planPurgeBroken(
  context: ReadingContext,
  options: PlanPurgeBrokenOptions = {}
): Promise<PurgeBrokenPlan> {
  const { makePurgeBrokenPlan } = await import('./make-purge-broken-plan.ts')
  return await makePurgeBrokenPlan(context, options)
}
