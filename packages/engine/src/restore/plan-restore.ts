import type { ReadingContext } from '../common/context.ts'
import type { PlanRestoreOptions } from './restore-options.ts'
import type { RestorePlan } from './restore-plan.ts'

/**
 * Decides what a restore does, without writing anything: which entries of exactly one version, where each goes, what
 * is there already, and which volumes hold the rest. Of the destination only a listing is read.
 *
 * @throws CatalogError `CATALOG_NO_SUCH_VERSION`; EngineError `RESTORE_NOTHING_SELECTED`, `RESTORE_NOT_ONE_FILE`;
 * ConfigurationError; SourceError `FILTER_INVALID`; StorageError
 */
export async function planRestore(
  context: ReadingContext,
  options: PlanRestoreOptions = {}
): Promise<RestorePlan> {
  const { makeRestorePlan } = await import('./make-restore-plan.ts')
  return await makeRestorePlan(context, options)
}
