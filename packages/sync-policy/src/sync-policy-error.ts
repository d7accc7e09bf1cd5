import { TercetError } from '@tercet/interface'

/**
 * - `SYNC_STATE_CORRUPT` the state of replication cannot be read; without it every destination is due
 * - `SYNC_STATE_TOO_NEW` the state of replication was written by a newer version, which knows more of it
 */
export type SyncPolicyErrorCode = 'SYNC_STATE_CORRUPT' | 'SYNC_STATE_TOO_NEW'

/** A failure of this package that is none of configuration. */
export class SyncPolicyError extends TercetError<SyncPolicyErrorCode> {}
