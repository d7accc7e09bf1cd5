/** The table of options alone, for programs that must start quickly. */
export type { SyncOption, SyncOptionScope, SyncOptionType } from './configuration/sync-option.ts'
export { SYNC_OPTIONS, syncOptionsOf } from './configuration/sync-options.ts'
