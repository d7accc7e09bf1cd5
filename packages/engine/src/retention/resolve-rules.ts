import { ConfigurationError } from '@tercet/interface'
import { parseDuration } from '../common/duration.ts'
import { OptionReader } from '../common/validate.ts'
import { momentBefore } from './keep-by-age.ts'
import { parseRetentionPolicy, type RetentionFrame } from './parse-policy.ts'
import type { RetentionRules } from './retention-types.ts'

/** Names of the rules among other options. */
export const RETENTION_KEYS = [
  'versions',
  'time',
  'keepTime',
  'keepVersions',
  'retentionPolicy',
  'allowFullRemoval',
  'timeTolerance'
] as const satisfies readonly (keyof RetentionRules)[]

/** {@link RetentionRules} that were checked. */
export interface ResolvedRules {
  readonly versions: ReadonlySet<number> | undefined
  readonly time: Date | string | undefined
  readonly keepTime: string | undefined
  readonly keepVersions: number | undefined
  readonly frames: readonly RetentionFrame[] | undefined
  readonly allowFullRemoval: boolean
  readonly timeTolerance: boolean
}

/**
 * Checks rules without looking at any version.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`; `CONFIG_MISSING` where there is no rule
 */
export function resolveRetentionRules(rules: RetentionRules, where: string): ResolvedRules {
  const read = new OptionReader(rules, where)
  const { versions, time } = rules
  if (versions !== undefined && time !== undefined)
    throw new ConfigurationError('CONFIG_CONFLICT', `${where}: give either "versions" or "time", not both`)
  const policy = read.text('retentionPolicy')
  const resolved: ResolvedRules = {
    versions: checkedVersions(versions, where),
    time: checkedTime(time, where),
    keepTime: checkedDuration(read.text('keepTime'), where),
    keepVersions: read.optionalInteger('keepVersions', 1),
    frames: policy === undefined ? undefined : parseRetentionPolicy(policy),
    allowFullRemoval: read.flag('allowFullRemoval', false),
    timeTolerance: read.flag('timeTolerance', true)
  }
  if (hasRule(rules)) return resolved
  throw new ConfigurationError(
    'CONFIG_MISSING',
    `${where}: say which versions go, with "versions", "time", "keepTime", "keepVersions" or "retentionPolicy"`
  )
}

/** Whether any of the rules that make versions go is given. */
export function hasRule(rules: RetentionRules): boolean {
  const { versions, time, keepTime, keepVersions, retentionPolicy } = rules
  return [versions, time, keepTime, keepVersions, retentionPolicy].some((rule) => rule !== undefined)
}

function checkedVersions(
  versions: readonly number[] | undefined,
  where: string
): ReadonlySet<number> | undefined {
  if (versions === undefined) return undefined
  const isList = Array.isArray(versions) && versions.length > 0
  if (isList && versions.every((number) => Number.isSafeInteger(number) && number >= 0))
    return new Set(versions)
  throw invalid(where, 'versions', 'a list of whole numbers from 0, the newest')
}

function checkedTime(time: Date | string | undefined, where: string): Date | string | undefined {
  if (time === undefined || (typeof time === 'string' && time !== '')) return time
  if (time instanceof Date && !Number.isNaN(time.getTime())) return time
  throw invalid(where, 'time', 'a moment, as a Date or a text')
}

function checkedDuration(text: string | undefined, where: string): string | undefined {
  if (text === undefined || isAge(text)) return text
  throw invalid(
    where,
    'keepTime',
    'a duration such as 30D, 6M or 1Y (s m h D W M Y; m is a minute, M a month)'
  )
}

function isAge(text: string): boolean {
  if ((parseDuration(text) ?? 0) === 0) return false
  try {
    return momentBefore(text, 0) < 0
  } catch {
    return false
  }
}

function invalid(where: string, key: string, expected: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${where}: "${key}" must be ${expected}`, {
    context: { key, where }
  })
}
