import { ConfigurationError } from '@tercet/interface'
import { ARCHIVE_OPTIONS } from './archive-options.ts'
import { checkSettingValue } from './check-setting-value.ts'
import { compressionFromArchiveOptions } from './compression-from-options.ts'
import { duplicatiOption, judgeDuplicatiOption } from './duplicati-options.ts'
import { invalidValue } from './invalid-value.ts'
import { type GivenOption, isFlag, unknownOption, unsupportedOption } from './options.ts'
import { parseSettingText } from './parse-setting-text.ts'
import { assertNoConflict, type SettingValues } from './resolve-settings.ts'
import type { JsonValue, OptionSpelling, Setting, SettingOperation } from './setting.ts'
import { settingsOf } from './settings-table.ts'
import { parseBooleanText } from './value-texts.ts'

/**
 * The settings that options of a command line or of a file of parameters amount to, in the order in which they were
 * given.
 *
 * @param onNeedless told of each option of Duplicati that has no effect, with the reason why it is not needed
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY` (names the nearest), `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`,
 * `CONFIG_UNSUPPORTED` for an option of Duplicati that has no counterpart
 */
export function settingsFromOptions(
  operations: readonly SettingOperation[],
  given: readonly GivenOption[],
  onNeedless?: ((option: string, reason: string) => void) | undefined
): SettingValues {
  const spellings = spellingsOf(operations)
  const values: Record<string, JsonValue> = {}
  const writtenAs = new Map<string, string>()
  const archive = new Map<string, string>()
  for (const { option, text } of given) {
    if (operations.includes('backup') && ARCHIVE_OPTIONS.some((known) => known.option === option)) {
      archive.set(option, text ?? '')
      continue
    }
    const found = spellings.get(option)
    if (found === undefined) {
      const known = duplicatiOption(option)
      if (known === undefined) throw unknownOption(option, [...spellings.keys()])
      if (judgeDuplicatiOption(known, text).kind === 'refused')
        throw unsupportedOption({ option, text }, known)
      onNeedless?.(option, known.reason)
      continue
    }
    const [setting, spelling] = found
    const value = settingValue(setting, spelling, text)
    if (value === undefined) continue
    merge(values, writtenAs, setting, `--${option}`, value)
  }
  const compression = compressionFromArchiveOptions(archive)
  if (compression !== undefined)
    merge(values, writtenAs, { name: 'compression' }, '--*-compression-*', { ...compression })
  assertNoConflict(values, (name) => writtenAs.get(name) ?? optionOf(name, operations))
  return values
}

/** Each option that the operations understand, with the setting that it sets. */
function spellingsOf(
  operations: readonly SettingOperation[]
): ReadonlyMap<string, readonly [Setting, OptionSpelling]> {
  const spellings = new Map<string, readonly [Setting, OptionSpelling]>()
  for (const setting of settingsOf(...operations))
    for (const spelling of setting.options) spellings.set(spelling.option, [setting, spelling])
  return spellings
}

function settingValue(
  setting: Setting,
  spelling: OptionSpelling,
  text: string | undefined
): JsonValue | undefined {
  const shown = `--${spelling.option}`
  if (isFlag(setting, spelling)) {
    const on = text === undefined || parseBooleanText(text, shown)
    if (spelling.flag === undefined) return on
    if (on) return spelling.flag
    return typeof spelling.flag === 'boolean' ? !spelling.flag : spelling.off
  }
  if (text === undefined) throw missingValue(shown)
  if (spelling.listFile) return checked(setting, { listFile: text }, shown)
  if (spelling.sign === undefined) return parseSettingText(setting.type, text, shown)
  if (text === '') throw invalidValue(shown, text, 'a filter expression')
  return [`${spelling.sign}${text}`]
}

function missingValue(shown: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${shown} needs a value: ${shown}=<value>`, {
    context: { key: shown }
  })
}

function checked({ type }: Setting, value: JsonValue, shown: string): JsonValue {
  checkSettingValue(type, value, shown)
  return value
}

/** Lists grow; anything else that is given twice must be the same. */
function merge(
  values: Record<string, JsonValue>,
  writtenAs: Map<string, string>,
  { name }: Pick<Setting, 'name'>,
  shown: string,
  value: JsonValue
): void {
  const before = values[name]
  const earlier = writtenAs.get(name)
  writtenAs.set(name, shown)
  if (before === undefined) values[name] = value
  else if (Array.isArray(before) && Array.isArray(value)) values[name] = [...before, ...value]
  else if (JSON.stringify(before) !== JSON.stringify(value))
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      earlier === shown
        ? `${shown} is given twice, with different values`
        : `${earlier} and ${shown} contradict each other`,
      { context: { key: shown } }
    )
}

function optionOf(name: string, operations: readonly SettingOperation[]): string {
  const setting = settingsOf(...operations).find((candidate) => candidate.name === name)
  return `--${setting?.options[0]?.option ?? name}`
}
