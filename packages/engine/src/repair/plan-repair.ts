import type { ReadingContext } from '../common/context.ts'
import type { PlanRepairOptions } from './repair-options.ts'
import type { DestinationRepair } from './repair-plan.ts'

/**
 * Finds out what is not as it should be at the destination, and what can be done about it. Lists destination and
 * replica; fetches nothing and changes nothing.
 *
 * @throws ConfigurationError `CONFIG_*`; EngineError `ENGINE_CATALOG_EMPTY`, `ENGINE_CATALOG_UNFINISHED`; StorageError;
 * `signal.reason`
 */
export async function planDestinationRepair(
  context: ReadingContext,
  options: PlanRepairOptions = {}
): Promise<DestinationRepair> {
  const { makeRepairPlan } = await import('./make-repair-plan.ts')
  return await makeRepairPlan(context, options)
}
