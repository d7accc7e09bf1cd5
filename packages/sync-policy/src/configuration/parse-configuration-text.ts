import type { SyncConfiguration } from './configuration.ts'
import { type ParseConfigurationOptions, resolveSyncConfiguration } from './parse-configuration.ts'
import { rejected } from './reject.ts'

/** More than anybody writes; less than harms. */
const MOST_CHARACTERS = 1024 * 1024

/** True for JSON itself, false for what must be the name of a file with it: the first character that is no blank decides. */
export function isConfigurationText(value: string): boolean {
  return withoutMark(value).trimStart().startsWith('{')
}

/**
 * Reads a configuration from JSON.
 *
 * @throws ConfigurationError as {@link resolveSyncConfiguration} does, and `CONFIG_INVALID_VALUE` for what is no JSON
 */
export function parseSyncConfiguration(
  text: string,
  options: ParseConfigurationOptions = {}
): SyncConfiguration {
  const where = options.where ?? 'remote-sync-config'
  if (text.length > MOST_CHARACTERS)
    throw rejected('CONFIG_INVALID_VALUE', where, `is longer than ${MOST_CHARACTERS} characters`)
  return resolveSyncConfiguration(parseJson(withoutMark(text), where), options)
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The message of the parser repeats a part of the text, which may be a password.
    const place = /position (\d+)/.exec(String(error))?.[1]
    throw rejected(
      'CONFIG_INVALID_VALUE',
      where,
      `is not valid JSON${place === undefined ? '' : `: something is wrong in ${lineAndColumn(text, Number(place))}`}`
    )
  }
}

function lineAndColumn(text: string, position: number): string {
  const lines = text.slice(0, position).split('\n')
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`
}

/** Editors of Windows begin a file with a mark. */
function withoutMark(text: string): string {
  return text.startsWith('\uFEFF') ? text.slice(1) : text
}
