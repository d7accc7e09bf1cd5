import { ConfigurationError, nearestName } from '@tercet/interface'
import type { OptionSpelling, Setting } from './setting.ts'

/** An option as it was written; without a text it is a flag. */
export interface GivenOption {
  readonly option: string
  readonly text: string | undefined
}

/** True for an option that is written without a text. */
export function isFlag(setting: Setting, spelling: OptionSpelling): boolean {
  return setting.type.kind === 'boolean' || spelling.flag !== undefined
}

/** The error for an option that does not exist. */
export function unknownOption(option: string, known: readonly string[]): ConfigurationError {
  const nearest = nearestName(option, known)
  return new ConfigurationError(
    'CONFIG_UNKNOWN_KEY',
    `There is no option --${option} here${nearest === undefined ? '' : `; did you mean --${nearest}?`}`,
    { context: { key: option, ...(nearest === undefined ? {} : { nearest }) } }
  )
}
