import { expect, test } from 'vitest'
import {
  type CopyEvidence,
  evaluatePolicy,
  type Fact,
  formatVerdict,
  type PolicyEvidence,
  type PolicyRule,
  threeTwoOne,
  type Verdict
} from '../src/index.ts'
import { failureOf } from './support.ts'

const NOW = Date.UTC(2026, 5, 1, 12)
const DAY = 86_400_000

const declared = <V>(value: V): Fact<V> => ({ value, basis: 'declared', by: 'configuration' })
const seen = <V>(value: V, by = 'listing'): Fact<V> => ({ value, basis: 'observed', by, at: NOW })

const source: CopyEvidence = {
  id: 'source',
  role: 'source',
  name: '/home/ada',
  reachable: seen(true, 'backup'),
  medium: declared('disk'),
  site: declared('home')
}

function copy(id: string, more: Partial<CopyEvidence> = {}): CopyEvidence {
  return {
    id,
    role: 'replica',
    name: `/mnt/${id}`,
    reachable: seen(true),
    medium: declared('disk'),
    site: declared('home'),
    versions: seen(3),
    newestVersionAt: seen(NOW - DAY),
    versionsBehind: seen(0),
    condition: seen('sound'),
    verifications: [seen({ depth: 'download', since: NOW - 2 * DAY } as const, 'verification')],
    ...more
  }
}

/** A disk at home, and a bucket elsewhere that nobody can change. */
const good: PolicyEvidence = {
  now: NOW,
  copies: [
    source,
    copy('usb', { role: 'primary' }),
    copy('cloud', {
      medium: declared('object-storage'),
      site: declared('eu-north-1'),
      provider: declared('acme'),
      immutable: seen({ holds: true, until: NOW + 30 * DAY }, 'lock')
    })
  ]
}

function withCopy(index: number, more: Partial<CopyEvidence>): PolicyEvidence {
  return { now: NOW, copies: good.copies.map((each, at) => (at === index ? { ...each, ...more } : each)) }
}

function gapsOf({ gaps }: Verdict): PolicyRule[] {
  return gaps.map(({ rule }) => rule)
}

const strict = threeTwoOne({ immutable: 1, maxUnverifiedAge: '30D' })

test('the data, a disk and a bucket elsewhere are 3-2-1, and 3-2-1-1-0 when locked and verified', () => {
  expect(evaluatePolicy(threeTwoOne(), good)).toMatchObject({ holds: true, outcome: 'success', gaps: [] })
  const verdict = evaluatePolicy(strict, good)
  expect(verdict.rules.map(({ rule, found, needed }) => [rule, found, needed])).toEqual([
    ['copies', 3, 3],
    ['media', 2, 2],
    ['offsite', 1, 1],
    ['immutable', 1, 1],
    ['verified', 2, 2]
  ])
  expect(verdict.holds).toBe(true)
})

test('nothing known of nothing holds nothing', () => {
  const verdict = evaluatePolicy(strict, { now: NOW, copies: [] })
  expect(gapsOf(verdict)).toEqual(['copies', 'media', 'offsite', 'immutable', 'verified'])
  expect(verdict.outcome).toBe('error')
})

test.each([
  [{ reachable: seen(false) }, 'unreachable'],
  [{ reachable: undefined }, 'reachability-unknown'],
  [{ condition: seen('damaged') }, 'damaged'],
  [{ condition: seen('incomplete') }, 'incomplete'],
  [{ condition: undefined }, 'condition-unknown'],
  [{ versions: seen(0) }, 'no-version'],
  [{ versions: undefined }, 'version-unknown']
] as const)('a copy with %j does not count: %s', (more, code) => {
  const verdict = evaluatePolicy(threeTwoOne(), withCopy(2, more as Partial<CopyEvidence>))
  expect(verdict.copies[2]).toMatchObject({ counts: false, problems: [{ code }] })
  expect(gapsOf(verdict)).toEqual(['copies', 'media', 'offsite'])
  expect(verdict.gaps[0]?.advice.join()).toContain('/mnt/cloud')
})

test('a copy that is not connected counts by what was last seen of it, and cannot be changed', () => {
  const verdict = evaluatePolicy(
    strict,
    withCopy(2, { reachable: seen(false), offline: declared(true), immutable: undefined })
  )
  expect(verdict.holds).toBe(true)
  expect(verdict.rules[3]?.evidence[1]).toMatchObject({ value: 'offline', basis: 'declared', counts: true })
})

test('how old and how many versions behind a copy may be', () => {
  const old = withCopy(1, { newestVersionAt: seen(NOW - 9 * DAY), versionsBehind: seen(4) })
  expect(evaluatePolicy(threeTwoOne(), old).holds).toBe(true)
  expect(evaluatePolicy(threeTwoOne({ maxAge: '7D' }), old).copies[1]?.problems).toMatchObject([
    { code: 'too-old', text: 'its newest version is 9D old, and 7D is allowed' }
  ])
  expect(evaluatePolicy(threeTwoOne({ maxAge: '9D', maxBehind: 4 }), old).holds).toBe(true)
  expect(evaluatePolicy(threeTwoOne({ maxBehind: 3 }), old).copies[1]?.problems).toMatchObject([
    { code: 'too-far-behind' }
  ])
  const unknown = withCopy(1, { newestVersionAt: undefined, versionsBehind: undefined })
  expect(
    evaluatePolicy(threeTwoOne({ maxAge: '9D', maxBehind: 4 }), unknown).copies[1]?.problems
  ).toMatchObject([{ code: 'age-unknown' }, { code: 'behind-unknown' }])
})

test('the data counts as it was last seen, within the time', () => {
  const gone = withCopy(0, { reachable: { ...seen(true, 'backup'), at: NOW - 9 * DAY } })
  expect(evaluatePolicy(threeTwoOne(), gone).holds).toBe(true)
  expect(evaluatePolicy(threeTwoOne({ maxAge: '7D' }), gone).copies[0]?.problems).toMatchObject([
    { code: 'too-old' }
  ])
})

test('a version or a verification from the future tells nothing', () => {
  const ahead = withCopy(1, {
    newestVersionAt: seen(NOW + DAY),
    verifications: [seen({ depth: 'download', since: NOW + DAY } as const)]
  })
  expect(evaluatePolicy(threeTwoOne({ maxAge: '1D' }), ahead).copies[1]?.counts).toBe(false)
  expect(gapsOf(evaluatePolicy(strict, ahead))).toEqual(['verified'])
})

test('media: the same kind everywhere, or nothing said about it, is not two kinds', () => {
  const same = evaluatePolicy(threeTwoOne(), withCopy(2, { medium: declared('disk') }))
  expect(gapsOf(same)).toEqual(['media'])
  expect(same.gaps[0]?.advice).toEqual(['put a copy on another kind of medium than disk'])
  const silent = evaluatePolicy(threeTwoOne(), withCopy(2, { medium: undefined }))
  expect(silent.gaps[0]).toMatchObject({
    rule: 'media',
    found: 1,
    needed: 2,
    advice: ['say the "medium" of /mnt/cloud in the configuration', expect.any(String)]
  })
  expect(silent.gaps[0]?.evidence[2]).toEqual({
    copy: 'cloud',
    value: 'unknown',
    basis: 'unknown',
    counts: false
  })
})

test('elsewhere is where the data is not', () => {
  expect(gapsOf(evaluatePolicy(threeTwoOne(), withCopy(2, { site: declared('home') })))).toEqual(['offsite'])
  expect(gapsOf(evaluatePolicy(threeTwoOne(), withCopy(2, { site: undefined })))).toEqual(['offsite'])
})

test('two copies at two places are elsewhere once, wherever the data is', () => {
  expect(evaluatePolicy(threeTwoOne(), withCopy(0, { site: undefined })).holds).toBe(true)
  expect(gapsOf(evaluatePolicy(threeTwoOne({ offsite: 2 }), withCopy(0, { site: undefined })))).toEqual([
    'offsite'
  ])
})

test('without the data, two copies are two', () => {
  const verdict = evaluatePolicy(threeTwoOne({ countSource: false }), good)
  expect(gapsOf(verdict)).toEqual(['copies'])
  expect(verdict.gaps[0]).toMatchObject({ found: 2, advice: ['add 1 more destination'] })
})

test.each([
  [undefined, 'unknown'],
  [seen({ holds: false }, 'lock'), 'observed'],
  [seen({ holds: true, until: NOW }, 'lock'), 'observed']
] as const)('immutability that is %j does not pass', (immutable, basis) => {
  const verdict = evaluatePolicy(strict, withCopy(2, { immutable }))
  expect(gapsOf(verdict)).toEqual(['immutable'])
  expect(verdict.gaps[0]?.evidence[1]).toMatchObject({ copy: 'cloud', basis, counts: false })
})

test('declared immutability passes, and says that nobody has seen it', () => {
  const verdict = evaluatePolicy(strict, withCopy(2, { immutable: declared({ holds: true }) }))
  expect(verdict.holds).toBe(true)
  expect(verdict.rules[3]?.evidence[1]).toMatchObject({ basis: 'declared', counts: true })
})

test('zero: every copy verified deep enough, within the time, and nothing wrong', () => {
  const at = (depth: 'listing' | 'checksum' | 'download', days: number) =>
    withCopy(1, { verifications: [seen({ depth, since: NOW - days * DAY }, 'verification')] })
  expect(gapsOf(evaluatePolicy(strict, at('checksum', 30)))).toEqual([])
  expect(gapsOf(evaluatePolicy(strict, at('checksum', 31)))).toEqual(['verified'])
  expect(gapsOf(evaluatePolicy(strict, at('listing', 0)))).toEqual(['verified'])
  expect(
    gapsOf(evaluatePolicy(threeTwoOne({ maxUnverifiedAge: '30D', verifyDepth: 'restore' }), good))
  ).toEqual(['verified'])
  expect(evaluatePolicy(strict, withCopy(1, { verifications: undefined })).gaps[0]?.advice).toEqual([
    'verify all of /mnt/usb at the depth "checksum" within 30D'
  ])
  expect(evaluatePolicy(strict, withCopy(1, { condition: seen('damaged') })).gaps.at(-1)?.advice).toEqual([
    'mend /mnt/usb, it is damaged'
  ])
})

test('a further copy that does not count is a warning where the others suffice', () => {
  const more = { now: NOW, copies: [...good.copies, copy('old', { reachable: seen(false) })] }
  const verdict = evaluatePolicy(threeTwoOne(), more)
  expect(verdict).toMatchObject({ holds: true, outcome: 'warning' })
})

test('a policy is checked strictly', () => {
  expect(failureOf(() => threeTwoOne({ copys: 3 } as object)).code).toBe('CONFIG_UNKNOWN_KEY')
  for (const wrong of [
    { copies: 0 },
    { media: 1.5 },
    { offsite: -1 },
    { maxAge: 0 },
    { maxAge: '1d' },
    { countSource: 1 },
    { verifyDepth: 'deep' }
  ])
    expect(failureOf(() => threeTwoOne(wrong as object)).code).toBe('CONFIG_INVALID_VALUE')
  expect(threeTwoOne({ maxAge: '1D' }).maxAge).toBe(DAY)
})

test('as text: every rule, what it takes, every copy and how each fact is known', () => {
  const text = formatVerdict(evaluatePolicy(strict, withCopy(2, { medium: undefined }))).join('\n')
  expect(text).toBe(`3-2-1-1-0 does not hold
  yes  3 of 3 copies
  NO   1 of 2 kinds of media
         - say the "medium" of /mnt/cloud in the configuration
         - put a copy on another kind of medium than disk
  yes  1 of 1 copies elsewhere
  yes  1 of 1 copies that nobody can change
  yes  2 of 2 copies verified
source /home/ada: counts
    reachable        yes (observed, by backup, 2026-06-01T12:00:00Z)
    medium           disk (declared, by configuration)
    site             home (declared, by configuration)
primary /mnt/usb: counts
    reachable        yes (observed, by listing, 2026-06-01T12:00:00Z)
    medium           disk (declared, by configuration)
    site             home (declared, by configuration)
    provider         unknown
    offline          unknown
    immutable        unknown
    condition        sound (observed, by listing, 2026-06-01T12:00:00Z)
    versions         3 (observed, by listing, 2026-06-01T12:00:00Z)
    newest version   2026-05-31T12:00:00Z (observed, by listing, 2026-06-01T12:00:00Z)
    versions behind  0 (observed, by listing, 2026-06-01T12:00:00Z)
    verified         download, all since 2026-05-30T12:00:00Z (observed, by verification, 2026-06-01T12:00:00Z)
replica /mnt/cloud: counts
    reachable        yes (observed, by listing, 2026-06-01T12:00:00Z)
    medium           unknown
    site             eu-north-1 (declared, by configuration)
    provider         acme (declared, by configuration)
    offline          unknown
    immutable        yes, until 2026-07-01T12:00:00Z (observed, by lock, 2026-06-01T12:00:00Z)
    condition        sound (observed, by listing, 2026-06-01T12:00:00Z)
    versions         3 (observed, by listing, 2026-06-01T12:00:00Z)
    newest version   2026-05-31T12:00:00Z (observed, by listing, 2026-06-01T12:00:00Z)
    versions behind  0 (observed, by listing, 2026-06-01T12:00:00Z)
    verified         download, all since 2026-05-30T12:00:00Z (observed, by verification, 2026-06-01T12:00:00Z)`)
})

test('a verdict is plain data', () => {
  const verdict = evaluatePolicy(strict, good)
  expect(JSON.parse(JSON.stringify(verdict))).toMatchObject({ holds: true, now: NOW })
})
