import type { Issue } from '@tercet/interface'
import type { LostVolume } from '../browse/list-broken-files.ts'
import type { PurgedVersion } from '../purge/purge-plan.ts'

/** A version that loses what is broken. */
export interface MendedVersion extends PurgedVersion {
  /** `delete`: nothing would be left of it. */
  readonly action: 'rewrite' | 'delete'
  /** Its list is lost at the destination, and is made anew; what it had besides entries is lost. */
  readonly isListLost: boolean
}

/** What is taken out of which versions, and which volumes are given up. Plain data. */
export interface PurgeBrokenPlan {
  readonly replaceMetadata: boolean
  /** They are given up, and deleted where they are there. */
  readonly lostVolumes: readonly LostVolume[]
  /** Newest first. */
  readonly mended: readonly MendedVersion[]
  /** The first paths that go. */
  readonly examples: readonly string[]
  /** What stays as it is for another reason. */
  readonly issues: readonly Issue[]
}
