import { delimiter } from 'node:path'
import { parseTime, parseVersionList } from '@tercet/engine/selection'
import { ConfigurationError, isTercetError } from '@tercet/interface'
import { parseCompression } from '@tercet/volume-format'
import { checkSettingValue } from './check-setting-value.ts'
import type { JsonValue, SettingType } from './setting.ts'
import {
  parseBooleanText,
  parseChoiceText,
  parseDurationText,
  parseIntegerText,
  parseListText,
  parseSizeText
} from './value-texts.ts'

/**
 * The JSON value that a text stands for. Strict: nothing is guessed, nothing falls back to a default.
 *
 * @param shown how the user wrote the setting, for the error
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseSettingText(type: SettingType, text: string, shown: string): JsonValue {
  const value = parse(type, text, shown)
  checkSettingValue(type, value, shown)
  return value
}

function parse(type: SettingType, text: string, shown: string): JsonValue {
  switch (type.kind) {
    case 'boolean':
      return parseBooleanText(text, shown)
    case 'integer':
      return parseIntegerText(text, shown)
    case 'versions':
      return explained(shown, () => parseVersionList(text))
    case 'share':
      return /^\d(\.\d+)?$/.test(text) ? Number(text) : text
    case 'percent':
      return /^\d{1,3}(\.\d+)?$/.test(text) ? Number(text) : text
    case 'samples':
      return text === 'all' ? text : parseIntegerText(text, shown)
    case 'size':
      return parseSizeText(text, type.unit, shown)
    case 'duration':
      return parseDurationText(text, shown)
    case 'choice':
      return parseChoiceText(text, type.choices, shown)
    case 'list':
      return parseListText(text, ',')
    case 'paths':
    case 'path-list':
      return parseListText(text, delimiter)
    case 'filters':
      return [text]
    case 'compression':
      return explained(shown, () => ({ ...parseCompression(text.toLowerCase()) }))
    case 'time':
      explained(shown, () => parseTime(text, new Date()))
      return text
    case 'configuration':
    case 'text':
    case 'path':
      return text
  }
}

/** Lets the error name the option, too. */
function explained<T>(shown: string, parseText: () => T): T {
  try {
    return parseText()
  } catch (error) {
    if (!isTercetError(error, 'CONFIG_INVALID_VALUE')) throw error
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${shown}: ${error.message}`, {
      cause: error,
      context: { key: shown }
    })
  }
}
