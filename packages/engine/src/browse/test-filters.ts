import { assertKnownKeys } from '@tercet/interface'
import type { ScanDecision, SourceIssue } from '@tercet/source-fs'
import {
  resolveSelection,
  SELECTION_KEYS,
  type SourceSelection,
  selectionScanOptions
} from '../backup/source-selection.ts'

/**
 * Tells of each entry in the sources whether a backup would take it, and why, by the decisions of the backup itself.
 * Reads no file. What cannot be looked at is an issue.
 *
 * @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID`
 */
export async function testFilters(options: SourceSelection): Promise<Iterable<ScanDecision | SourceIssue>> {
  assertKnownKeys(options, SELECTION_KEYS, 'testFilters')
  const selection = selectionScanOptions(resolveSelection(options, 'testFilters'))
  const { resolveScanOptions, scanDecisions } = await import('@tercet/source-fs')
  return scanDecisions(resolveScanOptions(selection))
}
