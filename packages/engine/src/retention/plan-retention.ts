import { EngineError } from '../common/engine-error.ts'
import { parseTime } from '../common/selection-time.ts'
import { keepByAge, momentBefore } from './keep-by-age.ts'
import { keepByCount } from './keep-by-count.ts'
import { keepByPolicy, oldestWithin } from './keep-by-policy.ts'
import { type ResolvedRules, resolveRetentionRules } from './resolve-rules.ts'
import type {
  DatedVersion,
  RetentionReason,
  RetentionRules,
  RuleVerdict,
  VersionDecision
} from './retention-types.ts'

export interface RetentionContext {
  readonly now: Date
  /** A backup has just found that the newest version is what the sources are now, so that it has no age. */
  readonly newestIsCurrent?: boolean | undefined
  /** Versions that cannot go, whatever the rules say. */
  readonly held?: ReadonlyMap<number, RetentionReason> | undefined
}

/**
 * Decides which versions go and which stay, each with the rules that say so. A pure function. The last complete version
 * never goes without `allowFullRemoval`.
 *
 * @param versions newest first
 * @throws ConfigurationError `CONFIG_*` for rules that cannot be meant
 * @throws EngineError `RETENTION_NO_SUCH_VERSION`, `RETENTION_REMOVES_EVERYTHING`, `RETENTION_VERSION_HELD`
 */
export function planRetention(
  versions: readonly DatedVersion[],
  rules: RetentionRules,
  context: RetentionContext
): readonly VersionDecision[] {
  return applyRetention(versions, resolveRetentionRules(rules, 'retention'), context)
}

/** {@link planRetention} for rules that were checked. */
export function applyRetention(
  versions: readonly DatedVersion[],
  rules: ResolvedRules,
  context: RetentionContext
): readonly VersionDecision[] {
  const chosen = chooseVersions(versions, rules, context)
  const byOthers = [chosen, byAge(versions, rules, context), byPolicy(versions, rules, context)]
  const left = versions.filter(({ number }) => !byOthers.some((rule) => rule?.get(number)?.goes))
  const counted = rules.keepVersions === undefined ? undefined : keepByCount(left, rules.keepVersions)
  const decisions = versions.map((version) =>
    decide(version, [...byOthers, counted], context.held?.get(version.number), chosen)
  )
  return rules.allowFullRemoval ? decisions : keepLast(decisions, chosen)
}

type Verdicts = ReadonlyMap<number, RuleVerdict>

/** @throws EngineError `RETENTION_NO_SUCH_VERSION` */
function chooseVersions(
  versions: readonly DatedVersion[],
  { versions: numbers, time }: ResolvedRules,
  { now }: RetentionContext
): Verdicts | undefined {
  if (numbers === undefined && time === undefined) return undefined
  const moment = typeof time === 'string' ? parseTime(time, now) : time
  const chosen = new Map<number, RuleVerdict>()
  for (const { number, createdAt } of versions) {
    if (numbers?.has(number)) chosen.set(number, { rule: 'version', goes: true, detail: 'chosen by number' })
    if (moment !== undefined && createdAt.getTime() <= moment.getTime())
      chosen.set(number, { rule: 'time', goes: true, detail: `not later than ${isoTime(moment)}` })
  }
  const missing = [...(numbers ?? [])].filter((number) => !chosen.has(number)).sort((a, b) => a - b)
  if (missing.length > 0) throw noSuchVersion(`${missing.join(', ')}`, versions)
  if (chosen.size === 0 && moment !== undefined)
    throw noSuchVersion(`of ${isoTime(moment)} or before`, versions)
  return chosen
}

function byAge(
  versions: readonly DatedVersion[],
  { keepTime: text, timeTolerance: tolerant }: ResolvedRules,
  context: RetentionContext
): Verdicts | undefined {
  if (text === undefined) return undefined
  const now = context.now.getTime()
  return keepByAge(versions, { now, limit: momentBefore(text, now), text, tolerant })
}

/** @throws EngineError `RETENTION_REMOVES_EVERYTHING` */
function byPolicy(
  versions: readonly DatedVersion[],
  { frames, timeTolerance: tolerant, allowFullRemoval }: ResolvedRules,
  { now: moment, newestIsCurrent = false }: RetentionContext
): Verdicts | undefined {
  if (frames === undefined) return undefined
  const now = moment.getTime()
  const longest = frames.at(-1)!
  const oldest = oldestWithin(longest, now, tolerant)
  const coversSome = newestIsCurrent || versions.some(({ createdAt }) => createdAt.getTime() >= oldest)
  if (versions.length > 0 && !coversSome && !allowFullRemoval)
    throw removesEverything(
      `The retention policy would remove all versions: even the youngest is older than ${longest.frameText}`
    )
  return keepByPolicy(versions, frames, {
    now,
    tolerant,
    mayTakeNewest: allowFullRemoval && !newestIsCurrent
  })
}

function decide(
  version: DatedVersion,
  rules: readonly (Verdicts | undefined)[],
  held: RetentionReason | undefined,
  chosen: Verdicts | undefined
): VersionDecision {
  const verdicts = rules.flatMap((rule) => rule?.get(version.number) ?? [])
  const against = verdicts.filter(({ goes }) => goes)
  if (held !== undefined && against.length > 0) {
    if (chosen?.has(version.number))
      throw new EngineError(
        'RETENTION_VERSION_HELD',
        `Version ${version.number} cannot be deleted: ${held.detail}`,
        { context: { version: version.number, rule: held.rule } }
      )
    return { version, goes: false, reasons: [held] }
  }
  const goes = against.length > 0
  const reasons = (goes ? against : verdicts).map(({ rule, detail }) => ({ rule, detail }))
  if (reasons.length === 0) reasons.push({ rule: 'not-chosen', detail: 'not chosen' })
  return { version, goes, reasons }
}

/**
 * Without a complete version left, the newest complete one stays after all; where there is none, the newest version.
 *
 * @throws EngineError `RETENTION_REMOVES_EVERYTHING` when exactly that one was chosen
 */
function keepLast(
  decisions: readonly VersionDecision[],
  chosen: Verdicts | undefined
): readonly VersionDecision[] {
  const isComplete = ({ version }: VersionDecision) => !version.isPartial
  const last = decisions.find(isComplete) ?? decisions[0]
  if (last === undefined) return decisions
  const isEnough = decisions.some((one) => !one.goes && (isComplete(one) || last.version.isPartial))
  if (isEnough) return decisions
  const { number, isPartial } = last.version
  if (chosen?.has(number))
    throw removesEverything(
      isPartial
        ? 'No version would be left'
        : `No complete version would be left: version ${number} is the last one`
    )
  const detail = isPartial ? 'no other version would be left' : 'no other complete version would be left'
  const kept: VersionDecision = {
    version: last.version,
    goes: false,
    reasons: [{ rule: 'last-complete', detail }]
  }
  return decisions.map((one) => (one === last ? kept : one))
}

function removesEverything(problem: string): EngineError {
  return new EngineError(
    'RETENTION_REMOVES_EVERYTHING',
    `${problem}. Nothing was deleted; "allowFullRemoval" allows it`
  )
}

function noSuchVersion(what: string, versions: readonly DatedVersion[]): EngineError {
  const range =
    versions.length === 0 ? 'The backup has no version' : `Versions are 0 to ${versions.length - 1}`
  return new EngineError('RETENTION_NO_SUCH_VERSION', `There is no version ${what}. ${range}`, {
    context: { versions: versions.length }
  })
}

function isoTime(moment: Date): string {
  return moment.toISOString().replace(/\.\d+Z$/, 'Z')
}
