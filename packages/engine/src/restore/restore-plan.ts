import type { ResolvedVersion } from '@tercet/core'
import type { Issue } from '@tercet/interface'
import type { StoredSettings } from '../common/stored-settings.ts'
import type { PlannedSource } from './block-sources.ts'
import type { BlockTargets } from './block-targets.ts'
import type { EntryTable } from './entry-table.ts'
import type { ResolvedPlanOptions } from './restore-options.ts'

/** What a restore is going to do. The numbers are for people; the rest of it is for `restore` alone. */
export interface RestorePlan {
  /** The one version that is restored. */
  readonly version: { readonly number: number; readonly createdAt: Date; readonly isPartial: boolean }
  readonly files: number
  readonly folders: number
  readonly links: number
  /** Sum of the sizes of the files. */
  readonly bytes: number
  /** Files that exist with the right content already. */
  readonly presentFiles: number
  /** Bytes to be written at the target. */
  readonly bytesToWrite: number
  /** Names of the volumes that hold what is needed. */
  readonly volumesToFetch: readonly string[]
  /** Those of them that lie in cold storage: until the store was asked for them, they cannot be read. */
  readonly archivedVolumes: readonly string[]
  /** The sizes of all to be fetched together. */
  readonly bytesToFetch: number
  /** What is known before the start not to be restorable, or to end up under another name. */
  readonly issues: readonly Issue[]
  /** @internal */
  readonly state: PlanState
}

/** @internal */
export interface PlanState {
  readonly version: ResolvedVersion
  readonly settings: StoredSettings
  readonly options: ResolvedPlanOptions
  readonly entries: EntryTable
  readonly targets: BlockTargets
  readonly sources: PlannedSource[]
  /** The folder below which everything is written. */
  readonly root: string
  /** Target path of an entry, relative to the root; undefined for one that is left out. */
  pathOf(entry: number): string | undefined
  /** Folders that must exist, relative to the root, each before those in it. */
  readonly folders: readonly string[]
  /** Stored names and sizes at the destination when the plan was made. */
  readonly listing: ReadonlyMap<string, number | undefined>
  /** A restore has begun to carry it out, so it says no longer what is at the target. */
  isUsed: boolean
}
