import type { Issue } from '@tercet/interface'

/** A volume of blocks, as a compaction sees it. */
export interface VolumeUse {
  readonly name: string
  /** Bytes at the destination. */
  readonly sizeBytes: number
  /** Bytes of its blocks before compression, and of those among them that nothing needs. */
  readonly dataBytes: number
  readonly wastedBytes: number
}

/**
 * - `unused` nothing in it is needed
 * - `wasteful` the share of what nothing needs has reached the threshold
 * - `small` it is small, and there are many such
 */
export type CompactReason = 'unused' | 'wasteful' | 'small'

/** A volume that goes, and why. */
export interface CompactVolume extends VolumeUse {
  readonly reason: CompactReason
}

/** What a compaction decides by. */
export interface CompactRules {
  /** Percent of waste from which on volumes are rewritten. */
  readonly threshold: number
  /** Volumes of at most so many bytes are small. */
  readonly smallVolumeBytes: number
  /** More small volumes than this are made into larger ones. */
  readonly maxSmallVolumes: number
  /** Size of new volumes. */
  readonly volumeSizeBytes: number
  /** Most that is fetched. */
  readonly maxDownloadBytes: number
  /** New volumes are read back before old ones go, as the destination cannot tell the checksum of what it holds. */
  readonly readsBack: boolean
}

/** Which volumes go, which are made anew, and what that costs and gains. Plain data. */
export interface CompactPlan {
  readonly rules: CompactRules
  /** They only have to be deleted. */
  readonly volumesToDelete: readonly CompactVolume[]
  /** What is needed of them goes into new volumes, in this order. */
  readonly volumesToRewrite: readonly CompactVolume[]
  /** They would be rewritten, too, but for `maxDownloadBytes`. */
  readonly volumesDeferred: readonly CompactVolume[]
  /** Of all volumes of blocks. */
  readonly volumes: number
  readonly dataBytes: number
  readonly wastedBytes: number
  readonly bytesToFetch: number
  /** About so much is fetched besides, of what was stored. */
  readonly bytesToReadBack: number
  /** About so much is stored in new volumes. */
  readonly bytesToStore: number
  /** About so much less is at the destination afterwards. */
  readonly bytesToFree: number
  /** Volumes that should go and stay for another reason. */
  readonly issues: readonly Issue[]
}
