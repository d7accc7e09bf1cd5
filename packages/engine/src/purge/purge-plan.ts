import type { Issue } from '@tercet/interface'
import type { DatedVersion } from '../retention/retention-types.ts'
import type { VersionLoss } from '../rewrite/entry-fate.ts'
import type { PurgeSelection } from './purge-options.ts'

/** A version that loses entries. */
export interface PurgedVersion extends VersionLoss {
  readonly version: DatedVersion
  /** Entries that are left in it. */
  readonly remainingEntries: number
}

/** What is taken out of which versions. Plain data. */
export interface PurgePlan {
  readonly selection: PurgeSelection
  /** Those that lose something, newest first. */
  readonly purged: readonly PurgedVersion[]
  /** How many of the chosen versions have nothing that matches. */
  readonly unchanged: number
  /** The first paths that go. */
  readonly examples: readonly string[]
  /** Versions that stay as they are for another reason. */
  readonly issues: readonly Issue[]
}
