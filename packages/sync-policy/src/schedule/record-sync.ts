import { type FinishedBackup, isCounted } from './finished-backup.ts'
import {
  type CountedBackup,
  type DestinationState,
  destinationState,
  type HeldVersions,
  type SyncState
} from './sync-state.ts'

/** How replication to one destination ended. */
export interface SyncAttempt {
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly endedAt: number
  /** `succeeded`: the replica equals the primary. */
  readonly status: 'succeeded' | 'partial' | 'failed'
  readonly errorCode?: string | undefined
  /** What the destination holds after a success. */
  readonly holds?: HeldVersions | undefined
  /** Nothing was written. */
  readonly isDryRun?: boolean | undefined
}

/** The state after a backup; one that does not count, or was recorded already, changes nothing. */
export function recordBackup(state: SyncState, backup: FinishedBackup): SyncState {
  if (!isCounted(backup) || state.lastBackup?.id === backup.id) return state
  const number = (state.lastBackup?.number ?? 0) + 1
  return { ...state, lastBackup: { id: backup.id, startedAt: backup.startedAt, number } }
}

/**
 * The state after an attempt to replicate what `backup` has left behind. Only one that converged counts: after any
 * other the destination stays due. A trial is not remembered.
 */
export function recordSync(
  state: SyncState,
  destinationId: string,
  attempt: SyncAttempt,
  backup: Pick<FinishedBackup, 'id' | 'startedAt'>
): SyncState {
  if (attempt.isDryRun) return state
  const before = destinationState(state, destinationId)
  const after = attempt.status === 'succeeded' ? succeeded(state, attempt, backup) : failed(before, attempt)
  const destinations = Object.assign(Object.create(null), state.destinations, { [destinationId]: after })
  return { ...state, destinations }
}

function succeeded(
  { lastBackup }: SyncState,
  { startedAt, endedAt, holds }: SyncAttempt,
  backup: Pick<FinishedBackup, 'id' | 'startedAt'>
): DestinationState {
  // The number is that of the last backup that counts: a partial one may be replicated without being counted.
  const syncedBackup: CountedBackup = {
    id: backup.id,
    startedAt: backup.startedAt,
    number: lastBackup?.number ?? 0
  }
  return { lastAttemptAt: startedAt, lastSuccessAt: endedAt, syncedBackup, holds, consecutiveFailures: 0 }
}

function failed(before: DestinationState, { startedAt, errorCode }: SyncAttempt): DestinationState {
  return {
    ...before,
    lastAttemptAt: startedAt,
    consecutiveFailures: before.consecutiveFailures + 1,
    lastErrorCode: errorCode
  }
}
