import type { Issue, Outcome } from '@tercet/interface'
import type { BackupCounts } from './backup-counts.ts'
import type { Recovery } from './recover-interrupted.ts'

/** What a backup did. Plain JSON. */
export interface BackupResult extends Readonly<BackupCounts> {
  readonly outcome: Outcome
  /** The first of them; `issueCount` counts all. */
  readonly issues: readonly Issue[]
  readonly issueCount: number
  /** The version that was stored; undefined when nothing had changed, or in a dry run. */
  readonly version: StoredVersion | undefined
  /** Something was added, changed or deleted. */
  readonly hasChanges: boolean
  /** The destination was empty before. */
  readonly isNewDestination: boolean
  readonly isDryRun: boolean
  /** What was looked at: everything, the paths of a list, or what was known to have changed. */
  readonly scope: 'all' | 'listed' | 'changed'
  /** What was made of an interrupted run that came before. */
  readonly recovery: Recovery['kind']
  readonly examinedEntries: number
  readonly examinedFiles: number
  /** Content of the files that were examined. */
  readonly examinedBytes: number
  /** Volumes stored by this run, in bytes as they are at the destination. */
  readonly storedBytes: number
  readonly startedAt: string
  readonly endedAt: string
}

export interface StoredVersion {
  /** Its label: ISO 8601. */
  readonly time: string
  /** The scan was stopped before its end, or the quota was reached. */
  readonly isPartial: boolean
  /** Entries that are as in the version before, because they could not be read or were not reached. */
  readonly carriedOver: number
}
