import type { Outcome } from '@tercet/interface'
import type { CopyEvidence } from './evidence.ts'
import type { CopyProblem } from './judge-copy.ts'
import type { Policy } from './three-two-one.ts'

export type PolicyRule = 'copies' | 'media' | 'offsite' | 'immutable' | 'verified'

/** What one copy contributes to a rule, and how that is known. */
export interface EvidenceLine {
  readonly copy: string
  /** What is known, such as `disk`; `unknown` where nothing is. */
  readonly value: string
  readonly basis: 'declared' | 'observed' | 'unknown'
  readonly by?: string | undefined
  /** Milliseconds since 1970. */
  readonly at?: number | undefined
  /** It helps the rule to hold. */
  readonly counts: boolean
}

/** One rule, and what the evidence says about it. */
export interface RuleResult {
  readonly rule: PolicyRule
  readonly holds: boolean
  readonly found: number
  readonly needed: number
  readonly evidence: readonly EvidenceLine[]
  /** What it would take, one step each, for people; empty where the rule holds. */
  readonly advice: readonly string[]
}

/** One copy, and whether it counts. */
export interface CopyResult {
  readonly id: string
  readonly counts: boolean
  readonly problems: readonly CopyProblem[]
  readonly evidence: CopyEvidence
}

/** What a policy comes to. Plain data. */
export interface Verdict {
  readonly holds: boolean
  /** `warning`: the policy holds, but a copy that is meant to be there does not count. `error`: it does not hold. */
  readonly outcome: Exclude<Outcome, 'stopped'>
  /** When the evidence was gathered. Milliseconds since 1970. */
  readonly now: number
  readonly policy: Policy
  readonly rules: readonly RuleResult[]
  /** The rules that do not hold. */
  readonly gaps: readonly RuleResult[]
  readonly copies: readonly CopyResult[]
}
