import type { Issue, Outcome } from '@tercet/interface'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import type { DatedVersion } from '../retention/retention-types.ts'
import { assertNoInterruptedBackup } from '../rewrite/assert-no-interrupted-backup.ts'
import { type PurgeBrokenOptions, resolvePurgeBrokenOptions } from './purge-broken-options.ts'
import type { PurgeBrokenPlan } from './purge-broken-plan.ts'

/** What was given up. */
export interface PurgeBrokenResult {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** Versions with new lists, and versions that are gone; or that would be. Newest first, with the numbers that they had. */
  readonly rewritten: readonly DatedVersion[]
  readonly deleted: readonly DatedVersion[]
  /** Volumes that nothing counts on any more. */
  readonly droppedVolumes: readonly string[]
  readonly isDryRun: boolean
}

/**
 * Carries out a plan: takes out of all versions what cannot be restored any more, and gives up the volumes that are
 * lost. Afterwards everything that is left can be restored, as far as volumes that are there are sound.
 *
 * Versions are rewritten as `purge` does it: each is at each moment what it was or what it is to be (W20), with all that
 * its list had besides (W36). Volumes are given up when no version needs them any more.
 *
 * @throws EngineError `PURGE_PLAN_OUTDATED`, `PURGE_ALL_BROKEN`, `ENGINE_NO_FREE_TIME`, `ENGINE_BACKUP_INTERRUPTED`,
 * `ENGINE_CATALOG_OUTDATED`, `ENGINE_CATALOG_UNFINISHED`, `ENGINE_CATALOG_EMPTY`, `ENGINE_PASSPHRASE_MISSING`,
 * `BACKUP_PASSPHRASE_WRONG` before anything is changed; `ENGINE_ISSUE_ABORT`; CoreError; StorageError; `signal.reason`
 */
export async function purgeBroken(
  context: EngineContext,
  plan: PurgeBrokenPlan,
  options: PurgeBrokenOptions = {}
): Promise<PurgeBrokenResult> {
  const { dryRun } = resolvePurgeBrokenOptions(options)
  options.signal?.throwIfAborted()
  assertCatalogComplete(context.catalog)
  assertNoInterruptedBackup(context.catalog)
  const { PurgeBrokenRun } = await import('./purge-broken-run.ts')
  const run = new PurgeBrokenRun(context, plan, options)
  for (const issue of plan.issues) run.issues.add(issue)
  const isNeeded = plan.lostVolumes.length + plan.mended.length > 0
  if (!dryRun && isNeeded) await run.execute()
  const { issues } = run
  const planned = (wanted: 'rewrite' | 'delete') =>
    plan.mended.filter(({ action }) => action === wanted).map(({ version }) => version)
  return {
    ...issues.summary,
    rewritten: planned('rewrite'),
    deleted: planned('delete'),
    droppedVolumes: plan.lostVolumes.map(({ name }) => name),
    isDryRun: dryRun
  }
}
