import type { CatalogReader, ResolvedVersion } from '@tercet/core'
import { ConfigurationError } from '@tercet/interface'
import { parseTime } from './selection-time.ts'

/** Which version is meant. Both given is an error, and so is one that does not exist; neither means the newest. */
export interface VersionChoice {
  /** 0 is the newest. */
  readonly version?: number | undefined
  /** The newest version whose label is not after it: a moment, or a text as {@link parseTime} reads it. */
  readonly time?: Date | string | undefined
}

/** A choice as the catalog understands it. @throws ConfigurationError `CONFIG_CONFLICT`, `CONFIG_INVALID_VALUE` */
export function resolveVersionChoice(
  choice: VersionChoice,
  now: number
): { readonly version: number } | { readonly time: number } {
  const { version, time } = choice
  if (version !== undefined && time !== undefined) {
    throw new ConfigurationError('CONFIG_CONFLICT', 'Give either "version" or "time", not both')
  }
  if (time !== undefined) {
    const moment = typeof time === 'string' ? parseTime(time, new Date(now)) : time
    return { time: Math.floor(moment.getTime() / 1000) }
  }
  if (version !== undefined && !(Number.isSafeInteger(version) && version >= 0)) {
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      '"version" must be a whole number from 0, the newest',
      {
        context: { key: 'version' }
      }
    )
  }
  return { version: version ?? 0 }
}

/** The one version that is meant. @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError */
export function selectVersion(catalog: CatalogReader, choice: VersionChoice, now: number): ResolvedVersion {
  return catalog.filesets.resolve(resolveVersionChoice(choice, now))
}
