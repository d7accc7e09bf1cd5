import type { CatalogReader, ResolvedVersion } from '@tercet/core'
import { ConfigurationError } from '@tercet/interface'
import { EngineError } from './engine-error.ts'
import { parseTime } from './selection-time.ts'
import { unreadableVersions } from './unreadable-versions.ts'

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

/**
 * The one version that is meant. The newest, or the newest before a time, is never another one because the list of
 * that one cannot be read.
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; EngineError `ENGINE_VERSION_UNREADABLE`; ConfigurationError
 */
export function selectVersion(catalog: CatalogReader, choice: VersionChoice, now: number): ResolvedVersion {
  const selector = resolveVersionChoice(choice, now)
  const found = catalog.filesets.resolve(selector)
  if (choice.version === undefined)
    assertReadable(catalog, found, 'time' in selector ? selector.time : undefined)
  return found
}

/** @throws EngineError `ENGINE_VERSION_UNREADABLE` for an unreadable version between the found one and the time */
function assertReadable(catalog: CatalogReader, found: ResolvedVersion, until: number | undefined): void {
  for (const { createdAt, volume } of unreadableVersions({ catalog })) {
    const time = createdAt.getTime() / 1000
    if (time <= found.time || (until !== undefined && time > until)) continue
    throw new EngineError(
      'ENGINE_VERSION_UNREADABLE',
      `The version of ${createdAt.toISOString()} is meant, but its list ${volume} cannot be read. Name another version by its number: ${found.version} is the one before`,
      { context: { volume, version: found.version } }
    )
  }
}
