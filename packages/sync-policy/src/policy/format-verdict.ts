import type { CopyEvidence, Fact } from './evidence.ts'
import type { Policy } from './three-two-one.ts'
import type { CopyResult, PolicyRule, RuleResult, Verdict } from './verdict.ts'

const RULES: Readonly<Record<PolicyRule, string>> = {
  copies: 'copies',
  media: 'kinds of media',
  offsite: 'copies elsewhere',
  immutable: 'copies that nobody can change',
  verified: 'copies verified'
}

/** A verdict for people, line by line: each rule with what is lacking, then each copy with all that is known of it. */
export function formatVerdict(verdict: Verdict): string[] {
  return [
    `${nameOf(verdict.policy)} ${verdict.holds ? 'holds' : 'does not hold'}`,
    ...verdict.rules.flatMap(ruleLines),
    ...verdict.copies.flatMap((copy) => copyLines(copy))
  ]
}

/** `3-2-1`, and as many more numbers as are asked for. */
function nameOf({ copies, media, offsite, immutable, maxUnverifiedAge }: Policy): string {
  const base = `${copies}-${media}-${offsite}`
  if (maxUnverifiedAge !== undefined) return `${base}-${immutable}-0`
  return immutable > 0 ? `${base}-${immutable}` : base
}

function ruleLines({ rule, holds, found, needed, advice }: RuleResult): string[] {
  return [
    `  ${holds ? 'yes' : 'NO '}  ${found} of ${needed} ${RULES[rule]}`,
    ...advice.map((step) => `         - ${step}`)
  ]
}

function copyLines({ counts, problems, evidence }: CopyResult): string[] {
  const verdict = counts ? 'counts' : `does not count: ${problems.map(({ text }) => text).join('; ')}`
  return [`${evidence.role} ${evidence.name}: ${verdict}`, ...factsOf(evidence).map(factLine)]
}

type Shown = readonly [name: string, fact: Fact<string> | undefined]

function factsOf(copy: CopyEvidence): Shown[] {
  const { immutable, verifications = [] } = copy
  const until = immutable?.value.until
  const always: Shown[] = [
    ['reachable', worded(copy.reachable, (value) => (value ? 'yes' : 'no'))],
    ['medium', copy.medium],
    ['site', copy.site]
  ]
  if (copy.role === 'source') return always
  return [
    ...always,
    ['provider', copy.provider],
    ['offline', worded(copy.offline, (value) => (value ? 'yes' : 'no'))],
    [
      'immutable',
      worded(
        immutable,
        ({ holds }) => `${holds ? 'yes' : 'no'}${until === undefined ? '' : `, until ${timeOf(until)}`}`
      )
    ],
    ['condition', copy.condition],
    ['versions', worded(copy.versions, String)],
    ['newest version', worded(copy.newestVersionAt, timeOf)],
    ['versions behind', worded(copy.versionsBehind, String)],
    ...(verifications.length === 0
      ? [['verified', undefined] as Shown]
      : verifications.map(
          (fact): Shown => [
            'verified',
            worded(fact, ({ depth, since }) => `${depth}, all since ${timeOf(since)}`)
          ]
        ))
  ]
}

function worded<Value>(
  fact: Fact<Value> | undefined,
  word: (value: Value) => string
): Fact<string> | undefined {
  return fact && { ...fact, value: word(fact.value) }
}

function factLine([name, fact]: Shown): string {
  if (fact === undefined) return `    ${name.padEnd(16)} unknown`
  const { value, basis, by, at } = fact
  const seen = [basis, by === undefined ? '' : `by ${by}`, at === undefined ? '' : timeOf(at)]
  return `    ${name.padEnd(16)} ${value} (${seen.filter((part) => part !== '').join(', ')})`
}

function timeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`
}
