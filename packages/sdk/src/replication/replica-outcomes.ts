import { type Clock, type Issue, isTercetError } from '@tercet/interface'
import type { ReplicaResult, SyncPlan } from '@tercet/sync-engine'
import type { SyncDecision } from '@tercet/sync-policy'
import { NO_FILES, type ReplicaOutcome } from './replication-result.ts'

/** How one destination came out, before it is known how far behind it is. */
export type Ended = Omit<ReplicaOutcome, 'behindBackups' | 'behindSeconds' | 'consecutiveFailures'>

function begun({ destination, reason }: SyncDecision): Ended {
  return {
    id: destination.id,
    destination: destination.displayName,
    status: 'skipped',
    reason,
    isDryRun: destination.options.dryRun,
    copied: NO_FILES,
    deleted: NO_FILES,
    renamed: NO_FILES,
    verified: NO_FILES,
    mismatched: 0,
    issues: []
  }
}

/** It was not its turn. */
export function skipped(decision: SyncDecision): Ended {
  return decision.isDue ? { ...begun(decision), reason: 'parse-arguments-only' } : begun(decision)
}

/** It could not even be begun, or the primary could not be read. */
export function failed(decision: SyncDecision, error: unknown, clock: Clock): Ended {
  const now = new Date(clock.now())
  const code = isTercetError(error) ? error.code : isAbort(error) ? 'SYNC_STOPPED' : 'SYNC_REPLICA_FAILED'
  const message = `${decision.destination.displayName}: ${messageOf(error)}`
  const issue: Issue = { code, severity: 'error', message }
  return {
    ...begun(decision),
    status: 'failed',
    code,
    message,
    startedAt: now,
    endedAt: now,
    issues: [issue]
  }
}

export function executed(decision: SyncDecision, result: ReplicaResult): Ended {
  const { id: _, displayName: __, locked: ___, ...rest } = result
  return { ...begun(decision), ...rest }
}

/** What a plan says would be done. */
export function tried(decision: SyncDecision, plan: SyncPlan, clock: Clock): Ended {
  const { refusal, puts, deletes, issues } = plan.replicas[decision.destination.id]!
  const now = new Date(clock.now())
  const counted = (files: readonly { readonly sizeBytes?: number | undefined }[]) => ({
    files: files.length,
    bytes: files.reduce((sum, { sizeBytes }) => sum + (sizeBytes ?? 0), 0)
  })
  return {
    ...begun(decision),
    status: refusal === undefined ? 'succeeded' : 'failed',
    code: refusal?.code,
    message: refusal?.message,
    startedAt: now,
    endedAt: now,
    copied: counted(puts),
    deleted: counted(deletes),
    issues
  }
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
