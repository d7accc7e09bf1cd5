import { TercetError } from '@tercet/interface'

/**
 * - `SYNC_GUARD_EMPTY_PRIMARY` the primary is empty or has no version while the replica has one (G1)
 * - `SYNC_GUARD_MASS_DELETE` more of the replica would go than is allowed (G2)
 * - `SYNC_GUARD_PRIMARY_INCOMPLETE` the primary lacks a volume that was recorded as uploaded (G4)
 * - `SYNC_GUARD_OTHER_BACKUP` the replica is marked as a copy of another backup, or holds versions and nothing that the primary has (G5)
 * - `SYNC_NO_SPACE` the replica has no room for what it lacks
 * - `SYNC_NO_PREFIX` the primary holds volumes of several backups, and none was chosen
 * - `SYNC_DUPLICATE_NAME` a listing shows one name twice
 * - `SYNC_LISTING_FAILED` a place could not be listed
 * - `SYNC_SAME_PLACE` a replica is the primary itself, or another replica
 * - `SYNC_PLAN_UNKNOWN` not a plan that `planSync` of this process has made, or one that was carried out before
 * - `SYNC_REPLICA_FAILED` a replica was given up; the cause tells
 * - `SYNC_COPY_FAILED` a file could not be copied to a replica
 * - `SYNC_DELETE_FAILED` a file could not be deleted from or renamed at a replica
 * - `SYNC_LOCKED` an object lock keeps a file at a replica as it is (G6)
 * - `SYNC_ARCHIVED` a file lies in cold storage and is not read
 * - `SYNC_PRIMARY_CHANGED` the primary changed again and again while it was copied
 * - `SYNC_PRIMARY_CORRUPT` a file of the primary is not what was recorded for it; the replica keeps its own
 * - `SYNC_PRIMARY_UNREADABLE` a file of the primary could not be read
 * - `SYNC_REPLICA_MISMATCH` a file of a replica is not what it should be
 * - `SYNC_REPLICA_UNREADABLE` a file of a replica could not be checked; it is kept
 * - `SYNC_UNDECIDED` primary and replica differ, and nothing tells which is right
 * - `SYNC_TEST_FAILED` a file that was read from a replica after a run is not what it should be
 * - `SYNC_SPOOL_FAILED` the folder for temporary files cannot be written to
 * - `SYNC_MARKER_INVALID` the marker file of a replica cannot be understood
 * - `SYNC_LEDGER_INVALID` a stored ledger cannot be understood
 * - `SYNC_HEAL_IMPOSSIBLE` no intact copy of a file was found
 */
export type SyncErrorCode =
  | 'SYNC_GUARD_EMPTY_PRIMARY'
  | 'SYNC_GUARD_MASS_DELETE'
  | 'SYNC_GUARD_PRIMARY_INCOMPLETE'
  | 'SYNC_GUARD_OTHER_BACKUP'
  | 'SYNC_NO_SPACE'
  | 'SYNC_NO_PREFIX'
  | 'SYNC_DUPLICATE_NAME'
  | 'SYNC_LISTING_FAILED'
  | 'SYNC_SAME_PLACE'
  | 'SYNC_PLAN_UNKNOWN'
  | 'SYNC_REPLICA_FAILED'
  | 'SYNC_COPY_FAILED'
  | 'SYNC_DELETE_FAILED'
  | 'SYNC_LOCKED'
  | 'SYNC_ARCHIVED'
  | 'SYNC_PRIMARY_CHANGED'
  | 'SYNC_PRIMARY_CORRUPT'
  | 'SYNC_PRIMARY_UNREADABLE'
  | 'SYNC_REPLICA_MISMATCH'
  | 'SYNC_REPLICA_UNREADABLE'
  | 'SYNC_UNDECIDED'
  | 'SYNC_TEST_FAILED'
  | 'SYNC_SPOOL_FAILED'
  | 'SYNC_MARKER_INVALID'
  | 'SYNC_LEDGER_INVALID'
  | 'SYNC_HEAL_IMPOSSIBLE'

/** A failure of a synchronization. */
export class SyncError extends TercetError<SyncErrorCode> {}
