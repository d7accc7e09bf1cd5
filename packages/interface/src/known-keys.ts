import { TercetError } from './errors.ts'
import { nearestName } from './nearest-name.ts'

/** A setting that is unknown, of the wrong type, out of range or in conflict with another. */
export class ConfigurationError extends TercetError<ConfigurationErrorCode> {}

/**
 * - `CONFIG_UNKNOWN_KEY` no such setting; the message names the nearest one
 * - `CONFIG_INVALID_VALUE` wrong type or out of range
 * - `CONFIG_CONFLICT` two settings exclude each other
 * - `CONFIG_MISSING` a setting that is needed was not given
 * - `CONFIG_UNSUPPORTED` an option of another program that this one knows and does not support; the message says why
 */
export type ConfigurationErrorCode =
  | 'CONFIG_UNKNOWN_KEY'
  | 'CONFIG_INVALID_VALUE'
  | 'CONFIG_CONFLICT'
  | 'CONFIG_MISSING'
  | 'CONFIG_UNSUPPORTED'

/**
 * Rejects keys that nobody reads, because a misspelt setting must not silently change what happens.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`
 */
export function assertKnownKeys(options: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue
    const nearest = nearestName(key, known)
    throw new ConfigurationError(
      'CONFIG_UNKNOWN_KEY',
      `${where} has no setting "${key}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
      { context: { key, where, ...(nearest === undefined ? {} : { nearest }) } }
    )
  }
}
