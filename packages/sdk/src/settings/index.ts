export { ConfigurationError, nearestName } from '@tercet/interface'
export { SYNC_OPTIONS, type SyncOption } from '@tercet/sync-policy/options'
export { ARCHIVE_OPTIONS } from './archive-options.ts'
export {
  DUPLICATI_OPTIONS,
  type DuplicatiOption,
  duplicatiOption,
  judgeDuplicatiOption
} from './duplicati-options.ts'
export { settingsSchema } from './json-schema.ts'
export { type GivenOption, isFlag, unknownOption, unsupportedOption } from './options.ts'
export type { JsonValue, OptionSpelling, Setting, SettingOperation, SettingType } from './setting.ts'
export { SETTINGS, settingsOf } from './settings-table.ts'
export { parseBooleanText, parseDurationText, parseIntegerText } from './value-texts.ts'
