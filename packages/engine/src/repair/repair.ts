import type { Issue, Outcome } from '@tercet/interface'
import type { BrokenFilesResult } from '../browse/list-broken-files.ts'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { EngineContext } from '../common/context.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { type RepairOptions, resolveRepairOptions } from './repair-options.ts'
import type { DestinationRepair, RepairAction } from './repair-plan.ts'

/** What a repair of the destination did. */
export interface DestinationRepairResult {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** What was done, with the means that did it in the end. */
  readonly mended: readonly RepairAction[]
  /** Volumes that were taken for damaged, and that a second look found sound. */
  readonly sound: readonly string[]
  /** Blocks that were found again and are stored in new volumes. */
  readonly foundBlocks: number
  readonly newVolumes: number
  readonly storedBytes: number
  /** What is lost all the same: volumes, versions, files. */
  readonly lost: BrokenFilesResult
}

/**
 * Carries out a plan: brings back what volumes have lost. A volume comes from the replica where its bytes prove to be
 * those that were stored; a list or an index is made anew from the catalog; blocks are taken from wherever they are
 * found, each verified: from what is sound of a damaged volume, from the replica, from the files that they came from.
 * Nothing is given up that a version needs: what cannot be mended stays as it is and is named, for `purgeBroken` or for
 * a replica that turns up later.
 *
 * Whatever interrupts it, all versions are as they were, and the next repair goes on. Run again, it changes nothing.
 *
 * @throws EngineError `REPAIR_PLAN_OUTDATED`, `ENGINE_CATALOG_OUTDATED`, `ENGINE_CATALOG_UNFINISHED`,
 * `ENGINE_CATALOG_EMPTY`, `ENGINE_PASSPHRASE_MISSING`, `BACKUP_PASSPHRASE_WRONG` before anything is changed;
 * `ENGINE_ISSUE_ABORT`; CoreError; StorageError; `signal.reason`
 */
export async function repairDestination(
  context: EngineContext,
  plan: DestinationRepair,
  options: RepairOptions = {}
): Promise<DestinationRepairResult> {
  const resolved = resolveRepairOptions(options)
  options.signal?.throwIfAborted()
  assertCatalogComplete(context.catalog)
  requireStoredSettings(context.catalog)
  const { RepairRun } = await import('./repair-run.ts')
  const run = new RepairRun(context, plan, resolved, options)
  const lost = await run.execute()
  const { issues, mended, mender } = run
  return {
    ...issues.summary,
    mended,
    sound: run.sound,
    foundBlocks: mender?.foundBlocks ?? 0,
    newVolumes: mender?.newVolumes ?? 0,
    storedBytes: run.copiedBytes + (mender?.storedBytes ?? 0),
    lost
  }
}
