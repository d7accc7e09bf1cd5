import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type CopyEvidence,
  evaluatePolicy,
  type Fact,
  type PolicyEvidence,
  type PolicyOptions,
  threeTwoOne,
  VERIFICATION_DEPTHS
} from '../src/index.ts'

const NOW = 10 ** 12
const DAY = 86_400_000

function fact<V>(value: fc.Arbitrary<V>): fc.Arbitrary<Fact<V> | undefined> {
  return fc.option(fc.record({ value, basis: fc.constantFrom('declared', 'observed') }), {
    nil: undefined,
    freq: 15
  })
}

const when = fc.integer({ min: -10, max: 2 }).map((days) => NOW + days * DAY)

/** Mostly good ones, so that policies hold often enough. */
const mostly = <V>(good: V, bad: V) =>
  fact(fc.oneof({ weight: 12, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: fc.constant(bad) }))

const copyOf = (id: string, role: CopyEvidence['role']): fc.Arbitrary<CopyEvidence> =>
  fc.record({
    id: fc.constant(id),
    role: fc.constant(role),
    name: fc.constant(id),
    reachable: mostly(true, false),
    offline: mostly(false, true),
    medium: fact(fc.constantFrom('disk', 'tape')),
    provider: fact(fc.constantFrom('acme')),
    site: fact(fc.constantFrom('home', 'office')),
    immutable: fact(fc.record({ holds: fc.boolean(), until: fc.option(when, { nil: undefined }) })),
    versions: mostly(3, 0),
    newestVersionAt: fact(when),
    versionsBehind: fact(fc.integer({ min: 0, max: 3 })),
    condition: mostly<'sound' | 'damaged' | 'incomplete'>('sound', 'damaged'),
    verifications: fc.array(
      fc.record({
        value: fc.record({ depth: fc.constantFrom(...VERIFICATION_DEPTHS), since: when }),
        basis: fc.constant('observed' as const)
      }),
      { maxLength: 2 }
    )
  })

const evidences: fc.Arbitrary<PolicyEvidence> = fc
  .tuple(copyOf('s', 'source'), copyOf('p', 'primary'), copyOf('a', 'replica'), copyOf('b', 'replica'))
  .map((copies) => ({ now: NOW, copies }))

const policies: fc.Arbitrary<PolicyOptions> = fc.record(
  {
    copies: fc.integer({ min: 1, max: 4 }),
    media: fc.integer({ min: 1, max: 2 }),
    offsite: fc.integer({ min: 0, max: 2 }),
    immutable: fc.integer({ min: 0, max: 2 }),
    countSource: fc.boolean(),
    maxUnverifiedAge: fc.constant(5 * DAY),
    verifyDepth: fc.constantFrom(...VERIFICATION_DEPTHS),
    maxAge: fc.constant(5 * DAY),
    maxBehind: fc.integer({ min: 0, max: 2 })
  },
  { requiredKeys: [] }
)

const FACTS = [
  'reachable',
  'offline',
  'medium',
  'provider',
  'site',
  'immutable',
  'versions',
  'newestVersionAt',
  'versionsBehind',
  'condition',
  'verifications'
] as const

const settings = { seed: 3, numRuns: 500 } as const

function without(evidence: PolicyEvidence, index: number, name: (typeof FACTS)[number]): PolicyEvidence {
  return {
    ...evidence,
    copies: evidence.copies.map((copy, at) => (at === index ? { ...copy, [name]: undefined } : copy))
  }
}

test('to leave out any fact never turns a rule that fails into one that holds, nor finds more', () => {
  let lost = 0
  fc.assert(
    fc.property(policies, evidences, (options, evidence) => {
      const policy = threeTwoOne(options)
      const before = evaluatePolicy(policy, evidence)
      for (let index = 0; index < evidence.copies.length; index++)
        for (const name of FACTS) {
          const after = evaluatePolicy(policy, without(evidence, index, name))
          after.rules.forEach((rule, at) => {
            const { found, holds } = before.rules[at]!
            if (rule.found > found || (rule.holds && !holds))
              expect.fail(`without ${name} of copy ${index} the rule ${rule.rule} finds more`)
            if (holds && !rule.holds) lost += 1
          })
        }
    }),
    settings
  )
  // A property about rules that never hold would say nothing.
  expect(lost).toBeGreaterThan(500)
})

test('to leave out one verification never makes a policy hold', () => {
  fc.assert(
    fc.property(evidences, (evidence) => {
      const policy = threeTwoOne({ maxUnverifiedAge: '5D' })
      if (evaluatePolicy(policy, evidence).holds) return
      evidence.copies.forEach((copy, index) => {
        copy.verifications?.forEach((_, at) => {
          const verifications = copy.verifications?.toSpliced(at, 1)
          const copies = evidence.copies.with(index, { ...copy, verifications })
          expect(evaluatePolicy(policy, { ...evidence, copies }).holds).toBe(false)
        })
      })
    }),
    settings
  )
})

test('to leave out a whole copy never helps a rule that counts copies', () => {
  fc.assert(
    fc.property(policies, evidences, fc.nat(3), (options, evidence, index) => {
      const policy = threeTwoOne(options)
      const before = evaluatePolicy(policy, evidence)
      const after = evaluatePolicy(policy, { ...evidence, copies: evidence.copies.toSpliced(index, 1) })
      for (const { rule, found } of after.rules)
        if (rule !== 'verified')
          expect(found).toBeLessThanOrEqual(before.rules.find((other) => other.rule === rule)!.found)
    }),
    settings
  )
})

test('a further copy of which nothing is known changes no count', () => {
  fc.assert(
    fc.property(policies, evidences, (options, evidence) => {
      const policy = threeTwoOne({ ...options, maxUnverifiedAge: undefined })
      const nothing: CopyEvidence = { id: 'x', role: 'replica', name: 'x' }
      const before = evaluatePolicy(policy, evidence)
      const after = evaluatePolicy(policy, { ...evidence, copies: [...evidence.copies, nothing] })
      expect(after.rules.map(({ found }) => found)).toEqual(before.rules.map(({ found }) => found))
    }),
    settings
  )
})

test('to ask for less never makes a rule fail that held', () => {
  fc.assert(
    fc.property(policies, evidences, (options, evidence) => {
      const strict = evaluatePolicy(threeTwoOne(options), evidence)
      const { maxAge: _, maxBehind: __, ...rest } = options
      const mild = evaluatePolicy(threeTwoOne({ ...rest, countSource: true }), evidence)
      if (strict.holds) expect(mild.holds).toBe(true)
    }),
    settings
  )
})

test('every copy that does not count says why, and one that counts says nothing', () => {
  fc.assert(
    fc.property(policies, evidences, (options, evidence) => {
      for (const { counts, problems } of evaluatePolicy(threeTwoOne(options), evidence).copies)
        expect(counts).toBe(problems.length === 0)
    }),
    settings
  )
})
