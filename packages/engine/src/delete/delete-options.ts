import { assertKnownKeys, type CallOptions } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { OptionReader } from '../common/validate.ts'
import { RETENTION_KEYS, type ResolvedRules, resolveRetentionRules } from '../retention/resolve-rules.ts'
import type { RetentionRules } from '../retention/retention-types.ts'

/** Which versions go. At least one rule is needed. */
export interface PlanDeleteOptions extends RetentionRules, CallOptions {
  /**
   * A backup has just found that the newest version is what the sources are now, so that it has no age, however long ago
   * it was made. @defaultValue false
   */
  readonly newestIsCurrent?: boolean | undefined
}

export interface DeleteOptions extends CallOptions, IssueOptions {
  /** Say what would be done, and change nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined
  /** Compare the destination's listing with the catalog before. @defaultValue true */
  readonly verifyListing?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

const PLAN_KEYS = [
  ...RETENTION_KEYS,
  'newestIsCurrent',
  'signal'
] as const satisfies readonly (keyof PlanDeleteOptions)[]
const DELETE_KEYS = [
  'dryRun',
  'verifyListing',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof DeleteOptions)[]

export interface ResolvedPlanDeleteOptions {
  readonly rules: ResolvedRules
  readonly newestIsCurrent: boolean
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`, `CONFIG_MISSING` */
export function resolvePlanDeleteOptions(options: PlanDeleteOptions): ResolvedPlanDeleteOptions {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('planDelete needs an options object')
  assertKnownKeys(options, PLAN_KEYS, 'planDelete')
  return {
    rules: resolveRetentionRules(options, 'planDelete'),
    newestIsCurrent: new OptionReader(options, 'planDelete').flag('newestIsCurrent', false)
  }
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveDeleteOptions(options: DeleteOptions): {
  readonly dryRun: boolean
  readonly verifyListing: boolean
} {
  assertKnownKeys(options, DELETE_KEYS, 'delete')
  const read = new OptionReader(options, 'delete')
  return { dryRun: read.flag('dryRun', false), verifyListing: read.flag('verifyListing', true) }
}
