import type { Issue, Outcome } from '@tercet/interface'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { type PurgeOptions, resolvePurgeOptions } from './purge-options.ts'
import type { PurgePlan } from './purge-plan.ts'

/** What a purge did. */
export interface PurgeResult {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** Versions that were rewritten, or would be, newest first. Their labels are a little later now. */
  readonly rewritten: readonly DatedVersion[]
  readonly isDryRun: boolean
}

/**
 * Carries out a plan: takes what matches out of the chosen versions. The space comes back when the destination is
 * compacted.
 *
 * One version after the other, the newest first, gets a new list with everything that the old one had besides, control
 * files included (W36); the old one goes when the new one is stored and counts. Whatever interrupts it, each version
 * is as it was or as it is to be (W20), and whatever looks at the destination next takes away a list that does not
 * count. A version whose list at the destination is damaged stays as it is, with an issue (W15).
 *
 * @throws EngineError `PURGE_PLAN_OUTDATED`, `ENGINE_NO_FREE_TIME`, `ENGINE_BACKUP_INTERRUPTED`,
 * `ENGINE_CATALOG_OUTDATED`, `ENGINE_VOLUMES_MISSING`, `ENGINE_CATALOG_UNFINISHED`, `ENGINE_CATALOG_EMPTY`,
 * `ENGINE_PASSPHRASE_MISSING`, `BACKUP_PASSPHRASE_WRONG` before anything is changed; `ENGINE_ISSUE_ABORT`; CoreError;
 * StorageError; `signal.reason`
 */
export async function purge(
  context: EngineContext,
  plan: PurgePlan,
  options: PurgeOptions = {}
): Promise<PurgeResult> {
  const { dryRun } = resolvePurgeOptions(options)
  options.signal?.throwIfAborted()
  assertCatalogComplete(context.catalog)
  assertNoInterruptedBackup(context.catalog)
  const { PurgeRun } = await import('./purge-run.ts')
  const run = new PurgeRun(context, plan, options)
  for (const issue of plan.issues) run.issues.add(issue)
  const rewritten =
    dryRun || plan.purged.length === 0 ? plan.purged.map(({ version }) => version) : await run.execute()
  const { issues } = run
  return {
    ...issues.summary,
    rewritten,
    isDryRun: dryRun
  }
}
