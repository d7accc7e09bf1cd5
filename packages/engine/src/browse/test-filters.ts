import { assertKnownKeys } from '@tercet/interface'
import { resolveScanOptions, type ScanDecision, type SourceIssue, scanDecisions } from '@tercet/source-fs'
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
export function testFilters(options: SourceSelection): Iterable<ScanDecision | SourceIssue> {
  assertKnownKeys(options, SELECTION_KEYS, 'testFilters')
  return scanDecisions(resolveScanOptions(selectionScanOptions(resolveSelection(options, 'testFilters'))))
}
