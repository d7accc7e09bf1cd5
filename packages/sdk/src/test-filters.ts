import type { BackupOptions } from '@tercet/engine'
import { resolveBackupOptions } from '@tercet/engine'
import { assertKnownKeys, type CallOptions } from '@tercet/interface'
import { resolveScanOptions, type ScanDecision, type SourceIssue, scanDecisions } from '@tercet/source-fs'
import { splitCalls, streamed } from './call-options.ts'

/** What decides which entries of the sources are taken; the same as for a run. */
export type TestFiltersOptions = CallOptions &
  Pick<
    BackupOptions,
    | 'sources'
    | 'filters'
    | 'include'
    | 'exclude'
    | 'symlinkPolicy'
    | 'hardlinkPolicy'
    | 'ignoreFilenames'
    | 'excludeAttributes'
    | 'honourExclusionAttributes'
    | 'maxFileBytes'
    | 'excludeEmptyFolders'
  >

const KEYS = [
  'sources',
  'filters',
  'include',
  'exclude',
  'symlinkPolicy',
  'hardlinkPolicy',
  'ignoreFilenames',
  'excludeAttributes',
  'honourExclusionAttributes',
  'maxFileBytes',
  'excludeEmptyFolders',
  'signal'
] as const satisfies readonly (keyof TestFiltersOptions)[]

/**
 * Tells of each entry in the sources whether a run would take it, and why. Reads no file and needs no destination. What
 * cannot be looked at is an issue.
 *
 * @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID`; the reason of `signal`
 */
export async function* testFilters(
  options: TestFiltersOptions
): AsyncGenerator<ScanDecision | SourceIssue, void, undefined> {
  assertKnownKeys(options, KEYS, 'testFilters')
  const { calls, rest } = splitCalls(options)
  const resolved = resolveBackupOptions(rest)
  const scan = resolveScanOptions({
    sources: resolved.sources,
    filters: resolved.filters,
    symlinkPolicy: resolved.symlinkPolicy,
    hardlinkPolicy: resolved.hardlinkPolicy,
    ignoreFilenames: resolved.ignoreFilenames,
    excludeFilesAttributes: resolved.excludeAttributes,
    exclusionXattrs: resolved.honourExclusionAttributes,
    skipFilesLargerThan: resolved.maxFileBytes ?? 0,
    excludeEmptyFolders: resolved.excludeEmptyFolders
  })
  yield* streamed(scanDecisions(scan), calls)
}
