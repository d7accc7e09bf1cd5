import { testFilters as engineTestFilters, type SourceSelection } from '@tercet/engine'
import type { CallOptions } from '@tercet/interface'
import type { ScanDecision, SourceIssue } from '@tercet/source-fs'
import { streamed } from './call-options.ts'

/** What decides which entries of the sources are taken; the same as for a run. */
export type TestFiltersOptions = SourceSelection & CallOptions

/**
 * Tells of each entry in the sources whether a run would take it, and why. Reads no file and needs no destination. What
 * cannot be looked at is an issue.
 *
 * @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID`; the reason of `signal`
 */
export async function* testFilters({
  signal,
  ...selection
}: TestFiltersOptions): AsyncGenerator<ScanDecision | SourceIssue, void, undefined> {
  yield* streamed(await engineTestFilters(selection), { signal })
}
