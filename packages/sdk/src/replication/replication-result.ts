import type { Issue } from '@tercet/interface'
import type { FileCount, ReplicaStatus } from '@tercet/sync-engine'
import type { DueReason, SkipReason, Staleness } from '@tercet/sync-policy'

/** What became of one replica after a backup. Plain data. */
export interface ReplicaOutcome extends Staleness {
  readonly id: string
  /** For people; no credentials. */
  readonly destination: string
  readonly status: ReplicaStatus
  /** Why it was its turn, or was not. */
  readonly reason: DueReason | SkipReason | 'parse-arguments-only'
  /** Why it is neither `succeeded` nor `skipped`. */
  readonly code?: string | undefined
  readonly message?: string | undefined
  readonly startedAt?: Date | undefined
  readonly endedAt?: Date | undefined
  /** Nothing was written: the counts are what would have been done. */
  readonly isDryRun: boolean
  readonly copied: FileCount
  readonly deleted: FileCount
  readonly renamed: FileCount
  readonly verified: FileCount
  /** Files whose content was found to be wrong. */
  readonly mismatched: number
  readonly bytesStillNeeded?: number | undefined
  readonly unrestorableWindowMs?: number | undefined
  /** Attempts in a row that failed, with this one. */
  readonly consecutiveFailures: number
  readonly issues: readonly Issue[]
}

/** What became of all replicas after a backup, in the order of their configuration. Plain data. */
export interface ReplicationResult {
  /** Never worse than a warning: the backup itself is not in question. */
  readonly outcome: 'success' | 'warning'
  readonly replicas: readonly ReplicaOutcome[]
  /** Read from the primary for all of them; `refetches` again. */
  readonly reads: FileCount & { readonly refetches: number }
  readonly issues: readonly Issue[]
}

export const NO_FILES: FileCount = Object.freeze({ files: 0, bytes: 0 })
