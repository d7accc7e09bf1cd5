import { assertKnownKeys, ConfigurationError } from '@tercet/interface'
import { checkSettingValue } from './check-setting-value.ts'
import type { JsonValue, SettingOperation } from './setting.ts'
import { settingsOf } from './settings-table.ts'

/** Settings by name, as they stand in a file. */
export type SettingValues = Readonly<Record<string, JsonValue>>

/**
 * Checks the settings of one operation, which come from a file or from elsewhere outside the program, before anything
 * is done with them. The result can be spread into the operation's options.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY` (names the nearest), `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`
 */
export function resolveSettings(operation: SettingOperation, values: unknown): SettingValues {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `The settings of ${operation} must be an object`)
  }
  const settings = settingsOf(operation)
  assertKnownKeys(
    values,
    settings.map(({ name }) => name),
    operation
  )
  const resolved: Record<string, JsonValue> = {}
  for (const { name, type } of settings) {
    const value = (values as Record<string, unknown>)[name]
    if (value === undefined) continue
    checkSettingValue(type, value, name)
    resolved[name] = value as JsonValue
  }
  assertNoConflict(resolved, (name) => name)
  return resolved
}

/** Rules about several settings at once. `shown` tells how the user writes a setting. */
export function assertNoConflict(values: SettingValues, shown: (name: string) => string): void {
  const both = (one: string, other: string): boolean => one in values && other in values
  const conflict = (problem: string): never => {
    throw new ConfigurationError('CONFIG_CONFLICT', problem)
  }
  if (both('version', 'time')) conflict(`Give either ${shown('version')} or ${shown('time')}, not both`)
  if (both('versions', 'time')) conflict(`Give either ${shown('versions')} or ${shown('time')}, not both`)
  if (both('to', 'toFile')) conflict(`Give either ${shown('to')} or ${shown('toFile')}, not both`)
  if ('deletedFiles' in values && !('changedFiles' in values))
    conflict(`${shown('deletedFiles')} needs ${shown('changedFiles')}`)
  if (typeof values['prefix'] === 'string' && values['prefix'].includes('-'))
    conflict(`${shown('prefix')} must not contain a hyphen`)
  if (values['temporaryCatalog'] === true && 'catalogPath' in values)
    conflict(`Give either ${shown('temporaryCatalog')} or ${shown('catalogPath')}, not both`)
  const { blockSizeBytes, volumeSizeBytes } = values
  if (typeof volumeSizeBytes === 'number' && volumeSizeBytes < 2 * Number(blockSizeBytes ?? 0))
    conflict(`${shown('volumeSizeBytes')} must be at least twice ${shown('blockSizeBytes')}`)
}
