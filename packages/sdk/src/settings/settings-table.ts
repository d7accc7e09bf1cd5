import { BACKUP_SETTINGS } from './backup-settings.ts'
import { COMPACT_SETTINGS } from './compact-settings.ts'
import { OPEN_SETTINGS } from './open-settings.ts'
import { PURGE_SETTINGS } from './purge-settings.ts'
import { REPAIR_SETTINGS } from './repair-settings.ts'
import { RESTORE_SETTINGS } from './restore-settings.ts'
import { DELETE_SETTINGS, RETENTION_SETTINGS } from './retention-settings.ts'
import type { Setting, SettingOperation } from './setting.ts'
import { COMPARE_SETTINGS, VERIFY_SETTINGS } from './verify-settings.ts'
import { WATCH_SETTINGS } from './watch-settings.ts'

/** Every setting there is. The schema, the options of the command line and their reference are made from it. */
export const SETTINGS: readonly Setting[] = Object.freeze([
  ...OPEN_SETTINGS,
  ...BACKUP_SETTINGS,
  ...RETENTION_SETTINGS,
  ...DELETE_SETTINGS,
  ...COMPACT_SETTINGS,
  ...PURGE_SETTINGS,
  ...REPAIR_SETTINGS,
  ...RESTORE_SETTINGS,
  ...COMPARE_SETTINGS,
  ...VERIFY_SETTINGS,
  ...WATCH_SETTINGS
])

/** The settings that the given operations have together, in the order of the table. */
export function settingsOf(...operations: readonly SettingOperation[]): readonly Setting[] {
  return SETTINGS.filter((setting) => setting.operations.some((operation) => operations.includes(operation)))
}
