import { formatDuration } from '../duration.ts'
import type { CopyEvidence, Fact } from './evidence.ts'
import { isImmutable, isVerified } from './judge-copy.ts'
import type { Policy } from './three-two-one.ts'
import type { CopyResult, EvidenceLine, PolicyRule, RuleResult } from './verdict.ts'

/** What every rule is judged by. */
export interface RuleInput {
  readonly policy: Policy
  readonly now: number
  readonly copies: readonly CopyResult[]
}

/** Copies that count. */
export function copiesRule({ policy, copies }: RuleInput): RuleResult {
  const found = copies.filter(({ counts }) => counts).length
  const evidence = copies.map(({ id, counts, problems, evidence: copy }) =>
    counts
      ? lineOf(copy, copy.role === 'source' ? copy.reachable : copy.condition, true)
      : { ...lineOf(copy, copy.condition ?? copy.reachable, false), copy: id, value: problems[0]?.code ?? '' }
  )
  const advice = copies
    .filter(({ counts, problems }) => !counts && problems[0]?.code !== 'not-counted')
    .map(({ evidence: copy, problems }) => `${copy.name}: ${problems.map(({ text }) => text).join('; ')}`)
  const lacking = policy.copies - copies.filter(({ problems }) => problems[0]?.code !== 'not-counted').length
  if (lacking > 0) advice.push(`add ${lacking} more ${lacking === 1 ? 'destination' : 'destinations'}`)
  return result('copies', found, policy.copies, evidence, advice)
}

/** Kinds of media among the copies that count. */
export function mediaRule({ policy, copies }: RuleInput): RuleResult {
  const media = new Set<string>()
  for (const { counts, evidence } of copies)
    if (counts && evidence.medium !== undefined) media.add(evidence.medium.value)
  const evidence = copies.map(({ counts, evidence: copy }) => lineOf(copy, copy.medium, counts))
  return result('media', media.size, policy.media, evidence, [
    ...sayWhat('medium', copies, ({ medium }) => medium),
    `put a copy on another kind of medium${media.size === 0 ? '' : ` than ${[...media].join(', ')}`}`
  ])
}

/**
 * Copies elsewhere than the data. Where it is not known where the data is, it may be wherever most copies are, and at
 * least the others are elsewhere.
 */
export function offsiteRule({ policy, copies }: RuleInput): RuleResult {
  const home = copies.find(({ evidence }) => evidence.role === 'source')?.evidence.site?.value
  const placed = copies.filter(
    ({ counts, evidence }) => counts && evidence.role !== 'source' && evidence.site !== undefined
  )
  const away = (site: string): number => placed.filter(({ evidence }) => evidence.site?.value !== site).length
  const sites = placed.map(({ evidence }) => evidence.site!.value)
  const found = home !== undefined ? away(home) : sites.length === 0 ? 0 : Math.min(...sites.map(away))
  const evidence = copies.map(({ counts, evidence: copy }) =>
    lineOf(copy, copy.site, counts && copy.role !== 'source' && copy.site?.value !== home)
  )
  return result('offsite', found, policy.offsite, evidence, [
    ...sayWhat('site', copies, ({ site }) => site),
    `keep a copy elsewhere${home === undefined ? '' : ` than ${home}`}`
  ])
}

/** Copies that nobody can change, or that are not connected. */
export function immutableRule({ policy, copies, now }: RuleInput): RuleResult {
  const evidence = copies
    .filter(({ evidence: copy }) => copy.role !== 'source')
    .map(({ counts, evidence: copy }) => {
      const { offline, immutable } = copy
      const until = immutable?.value.until
      const shown: Fact<string> | undefined =
        offline?.value === true
          ? { ...offline, value: 'offline' }
          : immutable && {
              ...immutable,
              value: `${immutable.value.holds ? 'immutable' : 'changeable'}${until === undefined ? '' : ` until ${dateOf(until)}`}`
            }
      return lineOf(copy, shown, counts && isImmutable(copy, now))
    })
  const found = evidence.filter(({ counts }) => counts).length
  return result('immutable', found, policy.immutable, evidence, [
    'lock the objects of a copy for a time, or keep one that is not connected ("offline": true)'
  ])
}

/** Every copy was verified lately, and nothing was found wrong: the 0 of 3-2-1-1-0. */
export function verifiedRule({ policy, copies, now }: RuleInput): RuleResult {
  const backups = copies.filter(({ evidence }) => evidence.role !== 'source')
  const evidence = backups.map(({ evidence: copy }) =>
    lineOf(copy, verificationOf(copy), isVerified(copy, policy, now))
  )
  const within = formatDuration(policy.maxUnverifiedAge ?? 0)
  const advice = backups
    .filter(({ evidence: copy }) => !isVerified(copy, policy, now))
    .map(({ evidence: { name, condition } }) =>
      condition?.value === 'damaged' || condition?.value === 'incomplete'
        ? `mend ${name}, it is ${condition.value}`
        : `verify all of ${name} at the depth "${policy.verifyDepth}" within ${within}`
    )
  const found = evidence.filter(({ counts }) => counts).length
  return result('verified', found, Math.max(1, backups.length), evidence, advice)
}

/** The deepest one; of two the later. */
function verificationOf({ condition, verifications = [] }: CopyEvidence): Fact<string> | undefined {
  if (condition !== undefined && condition.value !== 'sound') return condition
  const order = ['listing', 'checksum', 'download', 'restore']
  const best = [...verifications].sort(
    ({ value: a }, { value: b }) => order.indexOf(b.depth) - order.indexOf(a.depth) || b.since - a.since
  )[0]
  return best && { ...best, value: `${best.value.depth}, all since ${dateOf(best.value.since)}` }
}

function sayWhat(
  name: string,
  copies: readonly CopyResult[],
  of: (copy: CopyEvidence) => Fact<string> | undefined
): string[] {
  const silent = copies.filter(({ evidence }) => of(evidence) === undefined)
  if (silent.length === 0) return []
  return [
    `say the "${name}" of ${silent.map(({ evidence }) => evidence.name).join(', ')} in the configuration`
  ]
}

function lineOf(copy: CopyEvidence, fact: Fact<unknown> | undefined, counts: boolean): EvidenceLine {
  if (fact === undefined) return { copy: copy.id, value: 'unknown', basis: 'unknown', counts: false }
  const { value, basis, by, at } = fact
  return {
    copy: copy.id,
    value: typeof value === 'boolean' ? (value ? 'reachable' : 'unreachable') : String(value),
    basis,
    by,
    at,
    counts
  }
}

function result(
  rule: PolicyRule,
  found: number,
  needed: number,
  evidence: readonly EvidenceLine[],
  advice: readonly string[]
): RuleResult {
  const holds = found >= needed
  return { rule, holds, found, needed, evidence, advice: holds ? [] : advice }
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10)
}
