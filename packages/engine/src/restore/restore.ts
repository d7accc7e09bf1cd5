import { randomBytes } from 'node:crypto'
import type { WorkerPool } from '@tercet/core'
import type { Issue, Outcome } from '@tercet/interface'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { eventSink } from '../common/events.ts'
import { IssueLog } from '../common/issue-log.ts'
import { createEnginePool, workerCount } from '../engine-pool.ts'
import type { RestoreJobs } from './restore-jobs.ts'
import { type RestoreOptions, resolveRestoreOptions } from './restore-options.ts'
import type { RestorePlan } from './restore-plan.ts'
import type { RestoreRun } from './restore-run.ts'

/** What became of a restore. */
export interface RestoreResult {
  readonly outcome: Outcome
  /** The one version that was restored; 0 is the newest. */
  readonly version: number
  /** Files whose content is at the target now, those that were there before included. */
  readonly files: number
  readonly folders: number
  readonly links: number
  readonly bytes: number
  /** Files, folders and links that could not be restored; each has an issue. */
  readonly failed: number
  readonly fetchedVolumes: number
  readonly fetchedBytes: number
  readonly dryRun: boolean
  readonly issues: readonly Issue[]
}

/**
 * Carries out a plan, which is good for one restore; dry runs do not count. Each volume that is needed is fetched, verified, decrypted and unpacked once. A volume or block
 * that is missing or damaged costs only the files that need it and have no other copy of it: they are issues, and all
 * others are restored. After an abort or a failure no temporary file is left; files that were finished stay.
 *
 * @throws EngineError `RESTORE_PLAN_USED`, `RESTORE_NO_SPACE`, `ENGINE_ISSUE_ABORT`; SourceError `RESTORE_TARGET_UNUSABLE`; StorageError;
 * CoreError `WORKER_CRASHED`; the reason of `signal`
 */
export async function restore(
  context: ReadingContext,
  plan: RestorePlan,
  options: RestoreOptions = {}
): Promise<RestoreResult> {
  const { dryRun } = resolveRestoreOptions(options)
  assertUnused(plan)
  const emit = eventSink(options.onEvent)
  const issues = new IssueLog(options, (issue) => emit({ type: 'issue', issue }))
  for (const issue of plan.issues) issues.add(issue)
  const { assertSpace } = await import('./assert-space.ts')
  assertSpace(plan)
  if (dryRun) return summary(plan, issues, undefined)
  options.signal?.throwIfAborted()
  plan.state.isUsed = true
  const workers = isLittle(plan) ? 0 : workerCount(context)
  const [{ RestoreRun }, { restoreJobs }] = await Promise.all([
    import('./restore-run.ts'),
    import('./restore-jobs.ts')
  ])
  await using pool: WorkerPool<RestoreJobs> = createEnginePool(context, restoreJobs, undefined, workers)
  using run = new RestoreRun({
    context,
    plan,
    pool,
    issues,
    emit,
    signal: options.signal,
    token: randomBytes(6).toString('hex')
  })
  await run.execute()
  return summary(plan, issues, run)
}

/** A restore of no more than this is done sooner, on the calling thread, than a thread is started. */
const LITTLE = { files: 10, bytesToWrite: 8 * 1024 * 1024, bytesToFetch: 128 * 1024 * 1024 }

function isLittle({ files, bytesToWrite, bytesToFetch }: RestorePlan): boolean {
  return files <= LITTLE.files && bytesToWrite <= LITTLE.bytesToWrite && bytesToFetch <= LITTLE.bytesToFetch
}

function summary(plan: RestorePlan, issues: IssueLog, run: RestoreRun | undefined): RestoreResult {
  return {
    outcome: issues.outcome,
    version: plan.version.number,
    files: run?.progress.files ?? plan.files,
    folders: plan.folders - (run?.progress.failedFolders ?? 0),
    links: plan.links - (run?.progress.failedLinks ?? 0),
    bytes: run?.progress.bytes ?? plan.bytes,
    failed: run?.progress.failed ?? 0,
    fetchedVolumes: run?.fetchedVolumes ?? 0,
    fetchedBytes: run?.fetchedBytes ?? 0,
    dryRun: run === undefined,
    issues: issues.kept
  }
}

/** @throws EngineError `RESTORE_PLAN_USED` */
function assertUnused({ state }: RestorePlan): void {
  if (!state.isUsed) return
  throw new EngineError(
    'RESTORE_PLAN_USED',
    'This plan was carried out before, so the target is another than it says: plan the restore again'
  )
}
