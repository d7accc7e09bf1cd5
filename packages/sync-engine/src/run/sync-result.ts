import type { Issue, Outcome } from '@tercet/interface'
import type { SyncErrorCode } from '../sync-error.ts'

export interface FileCount {
  readonly files: number
  readonly bytes: number
}

/**
 * How a replica ended.
 *
 * - `succeeded` it holds what the primary holds; a file that a lock protects may be left over
 * - `partial` some of it is missing or left over; the next run goes on
 * - `failed` it was refused, given up, or got nothing
 * - `skipped` it was not its turn
 */
export type ReplicaStatus = 'succeeded' | 'partial' | 'failed' | 'skipped'

/** What a run did at one replica. Plain data. */
export interface ReplicaResult {
  readonly id: string
  readonly displayName: string
  readonly status: ReplicaStatus
  /** Why it is neither `succeeded` nor `skipped`. */
  readonly code?: SyncErrorCode | undefined
  readonly message?: string | undefined
  /** Code of the error behind it, such as that of the store. */
  readonly causeCode?: string | undefined
  readonly startedAt: Date
  readonly endedAt: Date
  readonly copied: FileCount
  readonly deleted: FileCount
  readonly renamed: FileCount
  readonly verified: FileCount
  /** Files that were read from it at the end, and were right. */
  readonly tested: FileCount
  /** Files whose content was found to be wrong. */
  readonly mismatched: number
  /** Files that an object lock keeps. */
  readonly locked: number
  /** After `SYNC_NO_SPACE`: what is still to be copied. */
  readonly bytesStillNeeded?: number | undefined
  /** With `before-copy`: between the first deletion and the last copy no version may have been whole. */
  readonly unrestorableWindowMs?: number | undefined
  readonly issues: readonly Issue[]
}

/** What a run did. Plain data. */
export interface SyncResult {
  readonly outcome: Outcome
  readonly startedAt: Date
  readonly endedAt: Date
  /** 1, and one more for each time that the primary changed in the middle. */
  readonly passes: number
  /** Read from the primary; `refetches` of them again. */
  readonly reads: FileCount & { readonly refetches: number }
  /** The most that temporary files took. */
  readonly spoolHighWaterBytes: number
  readonly replicas: Readonly<Record<string, ReplicaResult>>
  readonly issues: readonly Issue[]
}
