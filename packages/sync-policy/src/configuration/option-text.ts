import { resolveOptionValue } from './option-value.ts'
import type { SyncOption, SyncOptionType } from './sync-option.ts'

/**
 * What an option of a command line is in a configuration, checked. Of pairs there may be several texts, one each; of
 * anything else the last counts.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`
 */
export function syncOptionFromText(
  { name, type }: SyncOption,
  texts: readonly [string, ...string[]]
): boolean | number | string | readonly string[] {
  const value = type.kind === 'pairs' ? texts : valueFrom(type, texts.at(-1) as string)
  resolveOptionValue(type, value, `--${name}`)
  return value
}

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ...['1', 'on', 'true', 'yes'].map((text) => [text, true] as const),
  ...['0', 'off', 'false', 'no'].map((text) => [text, false] as const)
])

/** A text that means nothing stays one, so that the error can repeat it. */
function valueFrom({ kind }: SyncOptionType, text: string): boolean | number | string {
  switch (kind) {
    case 'boolean':
    case 'contents':
      return BOOLEANS.get(text.toLowerCase()) ?? text
    case 'integer':
    case 'milliseconds':
    case 'size':
    case 'share':
      return /^\d{1,16}$/.test(text) ? Number(text) : text
    default:
      return text
  }
}
