import { ConfigurationError } from '@tercet/interface'

/** Longest list that one text may stand for: more versions than any destination holds. */
const MAX_VERSIONS = 1_000_000

/**
 * The version numbers that a text such as `0,2-4,7` names: ascending, each once; 0 is the newest.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseVersionList(text: string): number[] {
  const versions = new Set<number>()
  for (const item of text.split(',')) {
    const range = /^\s*(\d{1,9})\s*(?:-\s*(\d{1,9})\s*)?$/.exec(item)
    const first = Number(range?.[1])
    const last = Number(range?.[2] ?? range?.[1])
    if (range === null || last < first || last - first >= MAX_VERSIONS) throw notVersions(text)
    for (let version = first; version <= last; version++) versions.add(version)
    if (versions.size > MAX_VERSIONS) throw notVersions(text)
  }
  return [...versions].sort((a, b) => a - b)
}

function notVersions(text: string): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `"${text}" is not a list of versions. Write numbers and ranges, such as 0,2-4,7; 0 is the newest`,
    { context: { key: 'version' } }
  )
}
