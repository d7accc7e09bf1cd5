import { describe, expect, it } from 'vitest'
import { planRetention as plan, type RetentionContext } from '../../src/retention/plan-retention.ts'
import type { DatedVersion, RetentionRules } from '../../src/retention/retention-types.ts'
import { DAY, going, NOW, reasonOf, versionsOfAge } from './versions.ts'

const planRetention = (
  versions: readonly DatedVersion[],
  rules: RetentionRules,
  context: Partial<RetentionContext> = {}
) => plan(versions, rules, { now: NOW, ...context })

const refusal = (code: string, message?: RegExp) =>
  expect.objectContaining({ code, ...(message && { message: expect.stringMatching(message) }) })

describe('a choice', () => {
  const versions = versionsOfAge([0, 1, 2, 3])

  it('by number', () => {
    const decisions = planRetention(versions, { versions: [1, 3] })
    expect(going(decisions)).toEqual([1, 3])
    expect(reasonOf(decisions, 1)).toBe('goes version: chosen by number')
    expect(reasonOf(decisions, 0)).toBe('stays not-chosen: not chosen')
  })

  it('by time takes what is as old or older', () => {
    const decisions = planRetention(versions, { time: new Date(NOW.getTime() - 2 * DAY) })
    expect(going(decisions)).toEqual([2, 3])
    expect(reasonOf(decisions, 2)).toBe('goes time: not later than 2026-06-13T12:00:00Z')
    expect(going(planRetention(versions, { time: '2D' }))).toEqual([2, 3])
  })

  it('of what does not exist is refused', () => {
    expect(() => planRetention(versions, { versions: [1, 4, 9] })).toThrow(
      refusal('RETENTION_NO_SUCH_VERSION', /no version 4, 9\. Versions are 0 to 3/)
    )
    expect(() => planRetention(versions, { time: '4D' })).toThrow(refusal('RETENTION_NO_SUCH_VERSION'))
    expect(() => planRetention([], { versions: [0] })).toThrow(
      refusal('RETENTION_NO_SUCH_VERSION', /has no version/)
    )
  })

  it('of all complete versions is refused unless it is allowed', () => {
    expect(() => planRetention(versions, { versions: [0, 1, 2, 3] })).toThrow(
      refusal('RETENTION_REMOVES_EVERYTHING', /version 0 is the last one/)
    )
    expect(() => planRetention(versions, { time: NOW })).toThrow(refusal('RETENTION_REMOVES_EVERYTHING'))
    expect(going(planRetention(versions, { versions: [0, 1, 2, 3], allowFullRemoval: true }))).toEqual([
      0, 1, 2, 3
    ])
    const partial = versionsOfAge([0, 1, 2], [0, 1])
    expect(() => planRetention(partial, { versions: [2] })).toThrow(
      refusal('RETENTION_REMOVES_EVERYTHING', /version 2 is the last one/)
    )
    expect(going(planRetention(partial, { versions: [0, 1] }))).toEqual([0, 1])
    expect(() => planRetention(versionsOfAge([1], [0]), { versions: [0] })).toThrow(
      refusal('RETENTION_REMOVES_EVERYTHING', /No version would be left/)
    )
    expect(going(planRetention(versionsOfAge([1, 2], [0, 1]), { versions: [0] }))).toEqual([0])
  })

  it('of a version that something needs is refused', () => {
    const held = new Map([[1, { rule: 'interrupted-backup', detail: 'needed' } as const]])
    expect(() => planRetention(versions, { versions: [1] }, { held })).toThrow(
      refusal('RETENTION_VERSION_HELD', /Version 1 cannot be deleted: needed/)
    )
    expect(going(planRetention(versions, { versions: [2] }, { held }))).toEqual([2])
    const decisions = planRetention(versions, { keepVersions: 1 }, { held })
    expect(going(decisions)).toEqual([2, 3])
    expect(reasonOf(decisions, 1)).toBe('stays interrupted-backup: needed')
  })
})

describe('keep-versions', () => {
  it('counts complete versions only', () => {
    const versions = versionsOfAge([0, 1, 2, 3, 4, 5, 6], [0, 2, 5])
    const decisions = planRetention(versions, { keepVersions: 2 })
    expect(going(decisions)).toEqual([2, 4, 5, 6])
    expect(reasonOf(decisions, 0)).toBe('stays keep-versions: partial, and no complete version is newer')
    expect(reasonOf(decisions, 1)).toBe('stays keep-versions: among the 2 newest complete versions')
    expect(reasonOf(decisions, 2)).toBe('goes keep-versions: partial, and a complete version is newer')
    expect(reasonOf(decisions, 4)).toBe('goes keep-versions: not among the 2 newest complete versions')
  })

  it('keeps all where there are no more', () => {
    expect(going(planRetention(versionsOfAge([1, 2]), { keepVersions: 2 }))).toEqual([])
    expect(going(planRetention(versionsOfAge([1, 2], [0, 1]), { keepVersions: 1 }))).toEqual([])
  })

  it('counts what the other rules leave', () => {
    const versions = versionsOfAge([0, 1, 2, 3, 20])
    expect(going(planRetention(versions, { keepVersions: 2, versions: [1] }))).toEqual([1, 3, 4])
    expect(going(planRetention(versions, { keepVersions: 4, keepTime: '1W' }))).toEqual([4])
  })
})

describe('keep-time', () => {
  it('lets older versions go', () => {
    const decisions = planRetention(versionsOfAge([0, 6, 8, 30]), { keepTime: '1W' })
    expect(going(decisions)).toEqual([2, 3])
    expect(reasonOf(decisions, 1)).toBe('stays keep-time: not older than 1W')
    expect(reasonOf(decisions, 2)).toBe('goes keep-time: older than 1W')
  })

  it('keeps the newest complete version however old it is', () => {
    const decisions = planRetention(versionsOfAge([10, 20, 30, 40], [0, 1]), { keepTime: '1W' })
    expect(going(decisions)).toEqual([3])
    expect(reasonOf(decisions, 2)).toBe('stays keep-time: older than 1W, but no complete version is newer')
  })

  it('goes by the calendar', () => {
    const at = (text: string, number: number) => ({ number, createdAt: new Date(text), isPartial: false })
    const versions = [
      at('2026-06-15T00:00:00Z', 0),
      at('2026-02-15T13:00:00Z', 1),
      at('2026-02-15T10:00:00Z', 2)
    ]
    // Four months before June 15 are 120 days, and not 4 x 30.
    expect(going(planRetention(versions, { keepTime: '4M', timeTolerance: false }))).toEqual([2])
    expect(going(planRetention(versions, { keepTime: '120D', timeTolerance: false }))).toEqual([2])
    expect(going(planRetention(versionsOfAge([0, 364.9, 365.1]), { keepTime: '1Y' }))).toEqual([2])
  })

  it('takes a bare number for seconds', () => {
    expect(going(planRetention(versionsOfAge([0, 0.9, 1.1]), { keepTime: '86400' }))).toEqual([2])
  })

  it('has a tolerance of a hundredth, at most an hour', () => {
    const hours = (...ages: number[]) => versionsOfAge(ages.map((age) => age / 24))
    expect(going(planRetention(hours(0, 24 + 0.23, 24 + 0.25), { keepTime: '1D' }))).toEqual([2])
    expect(going(planRetention(hours(0, 8760 + 0.9, 8760 + 1.1), { keepTime: '365D' }))).toEqual([2])
    expect(going(planRetention(hours(0, 24 + 0.001), { keepTime: '1D', timeTolerance: false }))).toEqual([1])
  })
})

describe('a retention policy', () => {
  it('says for each version why', () => {
    const versions = versionsOfAge([0, 0.5, 1.5, 2.6, 10, 12, 17, 400], [5])
    const decisions = planRetention(versions, { retentionPolicy: '1W:1D,4W:1W' })
    expect(versions.map(({ number }) => reasonOf(decisions, number))).toEqual([
      'stays newest: the newest version',
      'stays retention-policy: within 1W: 1D after version 2',
      'stays retention-policy: within 1W: 1D after version 3',
      'stays retention-policy: within 1W: the oldest',
      'stays retention-policy: within 4W: 1W after version 6',
      'stays retention-policy: within 4W: partial versions are not thinned out',
      'stays retention-policy: within 4W: the oldest',
      'goes retention-policy: older than 4W'
    ])
    const closer = planRetention(versionsOfAge([0, 1, 1.5, 2]), { retentionPolicy: '1W:1D' })
    expect(reasonOf(closer, 2)).toBe('goes retention-policy: within 1W: less than 1D after version 3')
    expect(reasonOf(planRetention(versions, { retentionPolicy: 'U:U' }), 3)).toBe(
      'stays retention-policy: within U: all stay'
    )
  })

  it('measures from complete versions alone', () => {
    const versions = versionsOfAge([0, 1.2, 1.9, 2], [3])
    expect(going(planRetention(versions, { retentionPolicy: '1W:1D' }))).toEqual([1])
  })

  it('is exact without tolerance', () => {
    const versions = versionsOfAge([0, 1.01, 2])
    expect(going(planRetention(versions, { retentionPolicy: '1W:1D' }))).toEqual([])
    expect(going(planRetention(versions, { retentionPolicy: '1W:1D', timeTolerance: false }))).toEqual([1])
  })

  it('that covers no version is refused unless that is allowed', () => {
    const old = versionsOfAge([500, 600])
    expect(() => planRetention(old, { retentionPolicy: '1W:1D,12M:1M' })).toThrow(
      refusal('RETENTION_REMOVES_EVERYTHING', /older than 12M/)
    )
    expect(going(planRetention(old, { retentionPolicy: '12M:1M', allowFullRemoval: true }))).toEqual([0, 1])
    expect(going(planRetention(old, { retentionPolicy: '12M:1M' }, { newestIsCurrent: true }))).toEqual([1])
    expect(planRetention([], { retentionPolicy: '12M:1M' })).toEqual([])
  })

  it('leaves the last complete version', () => {
    const decisions = planRetention(versionsOfAge([1, 30, 40], [0]), { retentionPolicy: '1W:1D' })
    expect(going(decisions)).toEqual([2])
    expect(reasonOf(decisions, 1)).toBe('stays last-complete: no other complete version would be left')
    const all = { retentionPolicy: '1W:1D', allowFullRemoval: true }
    expect(going(planRetention(versionsOfAge([1, 30, 40], [0]), all))).toEqual([1, 2])
  })

  it('is not misled by a clock that was wrong once', () => {
    // The third version is labelled with a day of the next century; later ones have right labels again.
    const versions = versionsOfAge([0, 1, 2, -30_000, 3, 4])
    expect(going(planRetention(versions, { retentionPolicy: '1W:1D' }))).toEqual([])
    const behind = versionsOfAge([50, 1, 2, 3])
    expect(reasonOf(planRetention(behind, { retentionPolicy: '1W:1D' }), 0)).toContain('stays newest')
  })
})

describe('rules that cannot be meant', () => {
  it.each<[RetentionRules, string]>([
    [{}, 'CONFIG_MISSING'],
    [{ allowFullRemoval: true }, 'CONFIG_MISSING'],
    [{ keepVersions: 0 }, 'CONFIG_INVALID_VALUE'],
    [{ keepVersions: 1.5 }, 'CONFIG_INVALID_VALUE'],
    [{ keepTime: '0s' }, 'CONFIG_INVALID_VALUE'],
    [{ keepTime: '2 weeks' }, 'CONFIG_INVALID_VALUE'],
    [{ keepTime: '999999999Y' }, 'CONFIG_INVALID_VALUE'],
    [{ retentionPolicy: '' }, 'CONFIG_INVALID_VALUE'],
    [{ versions: [] }, 'CONFIG_INVALID_VALUE'],
    [{ versions: [-1] }, 'CONFIG_INVALID_VALUE'],
    [{ time: 'yesterday' }, 'CONFIG_INVALID_VALUE'],
    [{ time: new Date(Number.NaN) }, 'CONFIG_INVALID_VALUE'],
    [{ versions: [1], time: '1D' }, 'CONFIG_CONFLICT'],
    [{ keepVersions: 1, timeTolerance: 1 as never }, 'CONFIG_INVALID_VALUE']
  ])('%j is refused', (rules, code) => {
    expect(() => planRetention(versionsOfAge([0, 1]), rules)).toThrow(expect.objectContaining({ code }))
  })
})
