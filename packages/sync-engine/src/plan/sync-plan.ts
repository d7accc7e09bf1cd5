import type { Issue } from '@tercet/interface'
import type { FileClass } from '../file-class.ts'
import type { SyncErrorCode } from '../sync-error.ts'
import type { DeleteOrder } from '../sync-options.ts'

export type PutReason =
  /** The replica lacks it. */
  | 'missing'
  | 'size'
  /** The primary's was modified later. */
  | 'newer'
  /** A listing does not tell the size, so that nothing shows that they are equal. */
  | 'size-unknown'
  /** The content was compared, and the replica's is wrong. */
  | 'mismatch'
  | 'forced'

export interface PlannedPut {
  readonly path: string
  /** As the primary lists it; undefined: not told. */
  readonly sizeBytes: number | undefined
  readonly class: FileClass
  readonly reason: PutReason
  /** What it replaces has that many bytes. */
  readonly replacedBytes?: number | undefined
  /** Position in the order of all steps of the replica: see {@link ReplicaPlan.deleteOrder}. */
  readonly step: number
}

export type DeleteReason =
  /** The primary does not have it any more. */
  | 'surplus'
  /** It was renamed instead of deleted, and has been kept long enough. */
  | 'expired'
  /** An interrupted run has left it behind. */
  | 'leftover'

export interface PlannedDelete {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly class: FileClass
  readonly reason: DeleteReason
  /** Set: it is renamed, and this is its new name. */
  readonly renameTo?: string | undefined
  readonly step: number
}

/** Why a replica is not touched. */
export interface Refusal {
  readonly code: SyncErrorCode
  readonly message: string
  /** Code of the error behind it, such as that of the store. */
  readonly causeCode?: string | undefined
}

/** What is to be done at one replica. */
export interface ReplicaPlan {
  readonly id: string
  readonly displayName: string
  /** The folder is missing and will be made. */
  readonly isNew: boolean
  readonly puts: readonly PlannedPut[]
  readonly deletes: readonly PlannedDelete[]
  /**
   * What became of `auto`. Everything is done by rising `step`, a step of puts in the order dblock, dindex, dlist,
   * other, a step of deletes in the order dlist, dindex, dblock, other.
   */
  readonly deleteOrder: Exclude<DeleteOrder, 'auto'>
  readonly putBytes: number
  readonly deleteBytes: number
  /** Files that are equal by listing, or by content where that was verified. */
  readonly equalFiles: number
  readonly equalBytes: number
  /** Files that the synchronization does not care about. */
  readonly foreignFiles: number
  /** Files that were renamed instead of deleted, and stay. */
  readonly retainedFiles: number
  readonly verified: { readonly files: number; readonly bytes: number; readonly mismatched: number }
  /** Files to be read from the replica when it is equal (`testFiles`). */
  readonly samples: readonly { readonly path: string; readonly sizeBytes: number | undefined }[]
  /** The replica is left alone. */
  readonly refusal?: Refusal | undefined
  /** Content that should be mended and cannot be; versions are not added while there is any. */
  readonly unmended: readonly string[]
  readonly issues: readonly Issue[]
}

/** A file to be read from the primary, once for all replicas that lack it. */
export interface PlannedRead {
  readonly path: string
  readonly sizeBytes: number | undefined
  readonly class: FileClass
  readonly replicas: readonly string[]
}

/** Everything that a run will do: plain data. */
export interface SyncPlan {
  readonly primary: {
    readonly displayName: string
    readonly prefix: string | undefined
    readonly files: number
    readonly bytes: number
    /** Of the listing; equal for an equal one. */
    readonly digest: string
  }
  readonly plannedAt: Date
  readonly reads: readonly PlannedRead[]
  readonly readBytes: number
  readonly replicas: Readonly<Record<string, ReplicaPlan>>
}

/** True when nothing is to be done anywhere. */
export function isEmptyPlan(plan: SyncPlan): boolean {
  return Object.values(plan.replicas).every(
    ({ puts, deletes, refusal, unmended }) =>
      puts.length === 0 && deletes.length === 0 && refusal === undefined && unmended.length === 0
  )
}
