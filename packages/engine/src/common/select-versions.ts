import type { CatalogReader, ResolvedVersion } from '@tercet/core'
import { resolveVersionChoice } from './select-version.ts'

/** Which versions are meant: by number, or those whose labels are not after a time; neither means all. */
export interface VersionsChoice {
  readonly versions?: readonly number[] | undefined
  readonly time?: Date | string | undefined
}

/**
 * Exactly the versions that are meant, newest first (W5).
 *
 * @throws CoreError `CATALOG_NO_SUCH_VERSION`; ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function selectVersions(
  catalog: CatalogReader,
  { versions, time }: VersionsChoice,
  now: number
): readonly ResolvedVersion[] {
  const all = catalog.filesets.versions()
  if (versions !== undefined) {
    const wanted = new Set(versions)
    for (const version of wanted) catalog.filesets.resolve({ version })
    return all.filter(({ version }) => wanted.has(version))
  }
  if (time === undefined) return all
  const selector = resolveVersionChoice({ time }, now)
  catalog.filesets.resolve(selector)
  return all.filter((version) => 'time' in selector && version.time <= selector.time)
}
