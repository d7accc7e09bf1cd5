import { assertKnownKeys, type CallOptions, ConfigurationError } from '@tercet/interface'
import type { FilterRule } from '@tercet/source-fs'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { OptionReader } from '../common/validate.ts'

/** What is taken out, and of which versions. */
export interface PlanPurgeOptions extends CallOptions {
  /** Paths and patterns: a bare name in any folder, a folder with all that is in it. */
  readonly paths?: readonly string[] | undefined
  /** Rules in the form of a backup's filters; an entry goes when the first rule that matches it is an include. */
  readonly filters?: readonly FilterRule[] | undefined
  /** Numbers of versions, 0 is the newest. @defaultValue all */
  readonly versions?: readonly number[] | undefined
  /** Versions whose labels are not after it: a moment, or a text as `parseTime` reads it. @defaultValue all */
  readonly time?: Date | string | undefined
}

export interface PurgeOptions extends CallOptions, IssueOptions {
  /** Say what would be done, and change nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

const PLAN_KEYS = [
  'paths',
  'filters',
  'versions',
  'time',
  'signal'
] as const satisfies readonly (keyof PlanPurgeOptions)[]
const PURGE_KEYS = [
  'dryRun',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof PurgeOptions)[]

/** {@link PlanPurgeOptions} that were checked. Plain data. */
export interface PurgeSelection {
  readonly paths: readonly string[]
  readonly filters: readonly FilterRule[]
  readonly versions: readonly number[] | undefined
  readonly time: Date | string | undefined
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`, `CONFIG_CONFLICT` */
export function resolvePlanPurgeOptions(options: PlanPurgeOptions): PurgeSelection {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('planPurge needs an options object')
  assertKnownKeys(options, PLAN_KEYS, 'planPurge')
  const { filters = [], versions, time } = options
  const paths = new OptionReader(options, 'planPurge').texts('paths', [])
  if (!Array.isArray(filters)) throw invalid('filters', 'a list of rules')
  if (paths.length + filters.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', 'planPurge: say what goes, with "paths" or "filters"')
  if (versions !== undefined && time !== undefined)
    throw new ConfigurationError('CONFIG_CONFLICT', 'planPurge: give either "versions" or "time", not both')
  if (versions !== undefined && !isVersionList(versions))
    throw invalid('versions', 'a list of whole numbers from 0, the newest')
  return { paths, filters, versions, time }
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolvePurgeOptions(options: PurgeOptions): { readonly dryRun: boolean } {
  assertKnownKeys(options, PURGE_KEYS, 'purge')
  return { dryRun: new OptionReader(options, 'purge').flag('dryRun', false) }
}

function isVersionList(versions: readonly number[]): boolean {
  const isList = Array.isArray(versions) && versions.length > 0
  return isList && versions.every((number) => Number.isSafeInteger(number) && number >= 0)
}

function invalid(key: string, expected: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `planPurge: "${key}" must be ${expected}`, {
    context: { key, where: 'planPurge' }
  })
}
