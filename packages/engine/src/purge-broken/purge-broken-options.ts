import { assertKnownKeys, type CallOptions } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { OptionReader } from '../common/validate.ts'

/** What becomes of what is broken. */
export interface PlanPurgeBrokenOptions extends CallOptions {
  /**
   * Files and folders of which only the metadata is lost stay, with empty metadata; false: they go, too. Links always
   * go, for nobody knows where they point. @defaultValue true
   */
  readonly replaceMetadata?: boolean | undefined
}

export interface PurgeBrokenOptions extends CallOptions, IssueOptions {
  /** Say what would be done, and change nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolvePlanPurgeBrokenOptions(options: PlanPurgeBrokenOptions): {
  readonly replaceMetadata: boolean
} {
  assertKnownKeys(options, ['replaceMetadata', 'signal'], 'planPurgeBroken')
  return { replaceMetadata: new OptionReader(options, 'planPurgeBroken').flag('replaceMetadata', true) }
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolvePurgeBrokenOptions(options: PurgeBrokenOptions): { readonly dryRun: boolean } {
  assertKnownKeys(options, ['dryRun', 'onEvent', 'onIssue', 'signal'], 'purgeBroken')
  return { dryRun: new OptionReader(options, 'purgeBroken').flag('dryRun', false) }
}
