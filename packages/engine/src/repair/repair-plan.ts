import type { LostVolume } from '../browse/list-broken-files.ts'

/**
 * - `missing`, `size`, `damaged` as {@link LostVolume} has them
 * - `unreadable` an index is there that could not be read
 * - `unindexed` no index describes the volume
 * - `empty` an index describes nothing
 */
export type RepairReason = LostVolume['reason'] | 'unreadable' | 'unindexed' | 'empty'

/**
 * - `copy` from the replica, where its bytes prove to be those that were stored
 * - `rebuild` a list or an index from the catalog; blocks from wherever they are found
 * - `drop` nothing needs it
 */
export type RepairMeans = 'copy' | 'rebuild' | 'drop'

/** A volume that is not as it should be, and what is done about it. */
export interface RepairAction {
  readonly volume: string
  readonly type: 'dblock' | 'dindex' | 'dlist'
  readonly reason: RepairReason
  readonly means: RepairMeans
  /** Blocks of it that versions need and no other volume has. */
  readonly neededBlocks: number
  readonly neededBytes: number
}

/** What is to be mended at the destination, and how. Plain data. */
export interface DestinationRepair {
  readonly actions: readonly RepairAction[]
  /** A backup was interrupted: what it had stored becomes a partial version, as the next backup would make it. */
  readonly endsBackup: boolean
  /** Uploads and removals were interrupted, and are ended or undone. */
  readonly openVolumes: number
}
