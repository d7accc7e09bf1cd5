import { TercetError } from '@tercet/interface'

/**
 * - `LEASE_HELD` somebody else holds the lease of this place, or held it a moment ago; the message says who and until when
 * - `LEASE_LOST` the lease that this work was done under is no longer held; nothing is written any more
 * - `LEASE_UNSUPPORTED` the store cannot decide which of two writers came first
 */
export type LeaseErrorCode = 'LEASE_HELD' | 'LEASE_LOST' | 'LEASE_UNSUPPORTED'

/** A failure of a lease. */
export class LeaseError extends TercetError<LeaseErrorCode> {}
