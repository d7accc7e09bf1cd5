import type { EntryRow } from '@tercet/core'

/** What becomes of an entry when its version is rewritten; `empty-metadata`: its metadata is lost, its content is not. */
export type EntryFate = 'keep' | 'remove' | 'empty-metadata'

export type FateOf = (row: EntryRow) => EntryFate

/** What a version loses. */
export interface VersionLoss {
  readonly removedEntries: number
  readonly removedFiles: number
  /** Sum of the sizes of the files that go. */
  readonly removedBytes: number
  /** Entries that stay, with nothing but their metadata lost. */
  readonly emptiedEntries: number
}
