import type { PolicyEvidence } from './evidence.ts'
import { problemsOf } from './judge-copy.ts'
import { copiesRule, immutableRule, mediaRule, offsiteRule, type RuleInput, verifiedRule } from './rules.ts'
import type { Policy } from './three-two-one.ts'
import type { CopyResult, RuleResult, Verdict } from './verdict.ts'

/**
 * Holds what is known of the copies of a backup against a policy. What is not known never passes: to leave out a fact
 * can make a rule fail, and never makes one hold.
 */
export function evaluatePolicy(policy: Policy, evidence: PolicyEvidence): Verdict {
  const { now } = evidence
  const copies: CopyResult[] = evidence.copies.map((copy) => {
    const problems = problemsOf(copy, policy, now)
    return { id: copy.id, counts: problems.length === 0, problems, evidence: copy }
  })
  const rules = rulesOf({ policy, now, copies })
  const gaps = rules.filter(({ holds }) => !holds)
  return { holds: gaps.length === 0, outcome: outcomeOf(gaps, copies), now, policy, rules, gaps, copies }
}

/** Rules that ask for nothing are left out. */
function rulesOf(input: RuleInput): RuleResult[] {
  const { offsite, immutable, maxUnverifiedAge } = input.policy
  return [
    copiesRule(input),
    mediaRule(input),
    ...(offsite > 0 ? [offsiteRule(input)] : []),
    ...(immutable > 0 ? [immutableRule(input)] : []),
    ...(maxUnverifiedAge === undefined ? [] : [verifiedRule(input)])
  ]
}

function outcomeOf(gaps: readonly RuleResult[], copies: readonly CopyResult[]): Verdict['outcome'] {
  if (gaps.length > 0) return 'error'
  const isMeant = ({ problems }: CopyResult): boolean => problems[0]?.code !== 'not-counted'
  return copies.some((copy) => !copy.counts && isMeant(copy)) ? 'warning' : 'success'
}
