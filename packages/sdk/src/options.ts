/** What a program needs to understand its command line, before it knows which part of the library it is going to use. */
export { type BackendCredentials, outcomeOf, Secret, TercetError } from '@tercet/interface'
export type { SettingValues } from './settings/resolve-settings.ts'
export { settingsFromOptions } from './settings/settings-from-options.ts'
export { settingsOf } from './settings/settings-table.ts'
