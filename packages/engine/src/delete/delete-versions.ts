import type { Issue, Outcome } from '@tercet/interface'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import { type DeleteOptions, resolveDeleteOptions } from './delete-options.ts'
import { assertPlanFits, type DeletePlan } from './delete-plan.ts'

/** What a delete did. */
export interface DeleteResult {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** Versions that are gone, or would be, newest first, with the numbers that they had. */
  readonly deleted: readonly DatedVersion[]
  /** How many versions are left. */
  readonly remaining: number
  readonly isDryRun: boolean
}

/**
 * Carries out a plan. Only lists of versions are deleted; the space of what no version needs any more comes back when
 * the destination is compacted.
 *
 * The decision is committed before the destination is touched, and what the catalog has of a version goes when its list
 * has gone (W20, W31, W34). Whatever interrupts it, all other versions stay as they are, a version that was to go is
 * there as a whole or not at all, and the next delete or backup ends what was begun. A list that an object lock keeps
 * stays a version; one that cannot be deleted now is deleted later, and both are issues.
 *
 * @throws EngineError `DELETE_PLAN_OUTDATED`, `RETENTION_REMOVES_EVERYTHING`, `ENGINE_CATALOG_OUTDATED`,
 * `ENGINE_VOLUMES_MISSING`, `ENGINE_CATALOG_UNFINISHED`, `ENGINE_CATALOG_EMPTY` before anything is deleted;
 * `ENGINE_ISSUE_ABORT`; CoreError; StorageError; `signal.reason`
 */
export async function deleteVersions(
  context: EngineContext,
  plan: DeletePlan,
  options: DeleteOptions = {}
): Promise<DeleteResult> {
  const { dryRun, verifyListing } = resolveDeleteOptions(options)
  options.signal?.throwIfAborted()
  const { catalog } = context
  assertCatalogComplete(catalog)
  assertPlanFits(plan, catalog)
  const { DeleteRun } = await import('./delete-run.ts')
  const run = new DeleteRun(context, options)
  for (const issue of plan.issues) run.issues.add(issue)
  const going = plan.decisions.filter(({ goes }) => goes).map(({ version }) => version)
  let deleted: readonly DatedVersion[] = going
  if (!dryRun && (going.length > 0 || catalog.filesets.deleting().length > 0))
    deleted = await run.execute(plan, going, verifyListing)
  return {
    ...run.issues.summary,
    deleted,
    remaining: plan.decisions.length - deleted.length,
    isDryRun: dryRun
  }
}
