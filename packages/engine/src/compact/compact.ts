import type { Issue, Outcome } from '@tercet/interface'
import type { EngineContext } from '../common/context.ts'
import { type CompactOptions, resolveCompactOptions } from './compact-options.ts'
import type { CompactPlan } from './compact-plan.ts'
import { assertLivenessKnown } from './plan-compact.ts'

/** What a compaction did. */
export interface CompactResult {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** Volumes of blocks that are gone. */
  readonly deletedVolumes: number
  /** Those of them whose blocks went into new volumes. */
  readonly rewrittenVolumes: number
  readonly newVolumes: number
  readonly fetchedBytes: number
  readonly storedBytes: number
  /** So much less is at the destination. */
  readonly freedBytes: number
  readonly isDryRun: boolean
}

/**
 * Carries out a plan: deletes volumes of which nothing is needed, and copies what is needed of others into new volumes,
 * compressed as it is. A volume is deleted when everything in it that is needed is stored in another one whose size the
 * destination has confirmed. At every moment each block that is needed is in at least one stored volume.
 *
 * Every change is committed before it is made (W34), so whatever interrupts it, all versions stay as they are, and the
 * next run goes on: what was stored is not stored again. A volume that cannot be read is left as it is, with an issue,
 * and the others go on (W15).
 *
 * @throws EngineError `COMPACT_PLAN_OUTDATED`, `COMPACT_LIVENESS_UNKNOWN`, `ENGINE_CATALOG_OUTDATED`,
 * `ENGINE_VOLUMES_MISSING`, `ENGINE_CATALOG_UNFINISHED`, `ENGINE_CATALOG_EMPTY`, `ENGINE_PASSPHRASE_MISSING`,
 * `BACKUP_PASSPHRASE_WRONG` before anything is changed; `ENGINE_ISSUE_ABORT`; CoreError; StorageError; `signal.reason`
 */
export async function compact(
  context: EngineContext,
  plan: CompactPlan,
  options: CompactOptions = {}
): Promise<CompactResult> {
  const { dryRun, verifyListing } = resolveCompactOptions(options)
  options.signal?.throwIfAborted()
  assertLivenessKnown(context)
  const { CompactRun } = await import('./compact-run.ts')
  const run = new CompactRun(context, plan, options)
  for (const issue of plan.issues) run.issues.add(issue)
  const isNeeded = plan.volumesToDelete.length + plan.volumesToRewrite.length > 0
  if (!dryRun && (isNeeded || wasInterrupted(context))) await run.execute(verifyListing)
  const { totals, issues } = run
  return {
    ...issues.summary,
    outcome: totals.wasStopped && issues.outcome !== 'error' ? 'stopped' : issues.outcome,
    deletedVolumes: totals.deletedVolumes,
    rewrittenVolumes: totals.rewrittenVolumes,
    newVolumes: totals.newVolumes,
    fetchedBytes: totals.fetchedBytes,
    storedBytes: totals.storedBytes,
    freedBytes: totals.deletedBytes - totals.storedBytes,
    isDryRun: dryRun
  }
}

/** An earlier run has left something to store or to delete. */
function wasInterrupted({ catalog }: EngineContext): boolean {
  for (const { type } of catalog.volumes.all({ states: ['uploading', 'deleting'] }))
    if (type !== 'dlist') return true
  return false
}
