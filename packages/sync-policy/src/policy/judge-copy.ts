import { formatDuration } from '../duration.ts'
import type { CopyEvidence } from './evidence.ts'
import { VERIFICATION_DEPTHS } from './policy-options.ts'
import type { Policy } from './three-two-one.ts'

/**
 * Why a copy does not count. Those that end in `-unknown` mean that nothing is known either way.
 */
export type CopyProblemCode =
  | 'not-counted'
  | 'unreachable'
  | 'reachability-unknown'
  | 'damaged'
  | 'incomplete'
  | 'condition-unknown'
  | 'no-version'
  | 'version-unknown'
  | 'too-old'
  | 'age-unknown'
  | 'too-far-behind'
  | 'behind-unknown'

export interface CopyProblem {
  readonly code: CopyProblemCode
  /** For people. */
  readonly text: string
}

/** Clocks of two machines differ; what lies further ahead tells nothing. */
const CLOCK_TOLERANCE_MS = 3_600_000

/** Why a copy does not count as one; none: it counts. */
export function problemsOf(copy: CopyEvidence, policy: Policy, now: number): CopyProblem[] {
  if (copy.role === 'source')
    return policy.countSource
      ? [...reachProblems(copy), ...sourceAgeProblems(copy, policy, now)]
      : [{ code: 'not-counted', text: 'the data itself does not count here' }]
  return [
    ...reachProblems(copy),
    ...conditionProblems(copy),
    ...versionProblems(copy, policy, now),
    ...behindProblems(copy, policy)
  ]
}

/** Whether all of a copy was verified deep enough and not too long ago, and nothing is known to be wrong. */
export function isVerified(copy: CopyEvidence, policy: Policy, now: number): boolean {
  const { maxUnverifiedAge = Number.POSITIVE_INFINITY } = policy
  const needed = VERIFICATION_DEPTHS.indexOf(policy.verifyDepth)
  return (
    copy.condition?.value === 'sound' &&
    (copy.verifications ?? []).some(
      ({ value: { depth, since } }) =>
        VERIFICATION_DEPTHS.indexOf(depth) >= needed && isWithin(since, maxUnverifiedAge, now)
    )
  )
}

/** Whether nobody can change a copy now. */
export function isImmutable({ immutable, offline }: CopyEvidence, now: number): boolean {
  if (offline?.value === true) return true
  return immutable?.value.holds === true && (immutable.value.until ?? Number.POSITIVE_INFINITY) > now
}

function reachProblems({ reachable, offline }: CopyEvidence): CopyProblem[] {
  if (reachable?.value === true || offline?.value === true) return []
  return reachable === undefined
    ? [{ code: 'reachability-unknown', text: 'nobody has looked whether it can be reached' }]
    : [{ code: 'unreachable', text: 'it cannot be reached' }]
}

/** That the data is there is known from the last backup of it. */
function sourceAgeProblems({ reachable }: CopyEvidence, { maxAge }: Policy, now: number): CopyProblem[] {
  if (maxAge === undefined || reachable?.at === undefined || isWithin(reachable.at, maxAge, now)) return []
  return [
    { code: 'too-old', text: `it was seen ${formatDuration(now - reachable.at)} ago for the last time` }
  ]
}

function conditionProblems({ condition }: CopyEvidence): CopyProblem[] {
  switch (condition?.value) {
    case 'sound':
      return []
    case 'damaged':
      return [{ code: 'damaged', text: 'a part of it is damaged' }]
    case 'incomplete':
      return [{ code: 'incomplete', text: 'a part of it is missing' }]
    case undefined:
      return [{ code: 'condition-unknown', text: 'nobody has looked whether it is complete' }]
  }
}

function versionProblems(
  { versions, newestVersionAt }: CopyEvidence,
  { maxAge }: Policy,
  now: number
): CopyProblem[] {
  if (versions === undefined)
    return [{ code: 'version-unknown', text: 'it is not known which versions it has' }]
  if (versions.value === 0) return [{ code: 'no-version', text: 'it has no version' }]
  if (maxAge === undefined) return []
  if (newestVersionAt === undefined || newestVersionAt.value > now + CLOCK_TOLERANCE_MS)
    return [{ code: 'age-unknown', text: 'it is not known how old its newest version is' }]
  if (isWithin(newestVersionAt.value, maxAge, now)) return []
  const age = formatDuration(now - newestVersionAt.value)
  return [
    { code: 'too-old', text: `its newest version is ${age} old, and ${formatDuration(maxAge)} is allowed` }
  ]
}

function behindProblems({ versionsBehind }: CopyEvidence, { maxBehind }: Policy): CopyProblem[] {
  if (maxBehind === undefined || (versionsBehind !== undefined && versionsBehind.value <= maxBehind))
    return []
  if (versionsBehind === undefined)
    return [{ code: 'behind-unknown', text: 'it is not known how many versions it lacks' }]
  const lacks = `it lacks ${versionsBehind.value} of the newest versions`
  return [{ code: 'too-far-behind', text: `${lacks}, and ${maxBehind} may be lacking` }]
}

function isWithin(moment: number, longest: number, now: number): boolean {
  return moment <= now + CLOCK_TOLERANCE_MS && now - moment <= longest
}
