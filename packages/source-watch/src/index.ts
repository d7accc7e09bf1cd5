export type { ChangeBatch, ChangeJournal, ChangeSet, Cursor, WatchIssue } from './change-journal.ts'
export { type Doubt, type DoubtReason, isGap } from './doubt.ts'
export type { GateModule, WatchGate } from './gate.ts'
export type { WatchMethod } from './linux/create-watcher.ts'
export { type ChangeJournalOptions, openChangeJournal } from './open-change-journal.ts'
export {
  openRecordedChanges,
  type RecordedChanges,
  type RecordedChangesOptions,
  type UnusableRecord
} from './recorded-changes.ts'
export { WatchError, type WatchErrorCode } from './watch-error.ts'
