import { ConfigurationError, nearestName } from '@tercet/interface'
import type { DuplicatiOption } from './duplicati-options.ts'
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

/** The error for an option that is known, and neither has a setting nor is needless. */
export function unsupportedOption(
  { option }: GivenOption,
  { only, reason }: DuplicatiOption
): ConfigurationError {
  const texts = only === undefined ? '' : ` except as --${option}=${only.join(', ')}`
  return new ConfigurationError('CONFIG_UNSUPPORTED', `--${option} is not supported${texts}: ${reason}`, {
    context: { key: option }
  })
}

/** The error for an option that does not exist: it names the nearest one, or gives the advice where none is near. */
export function unknownOption(
  option: string,
  known: readonly string[],
  advice?: string | undefined
): ConfigurationError {
  const nearest = nearestName(option, known)
  const after = nearest === undefined ? advice : `did you mean --${nearest}?`
  return new ConfigurationError(
    'CONFIG_UNKNOWN_KEY',
    `There is no option --${option} here${after === undefined ? '' : `; ${after}`}`,
    { context: { key: option, ...(nearest === undefined ? {} : { nearest }) } }
  )
}
