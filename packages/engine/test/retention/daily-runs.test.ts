import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import { planRetention } from '../../src/retention/plan-retention.ts'
import type { RetentionRules } from '../../src/retention/retention-types.ts'
import { DAY } from './versions.ts'

const YEARS = 2
const START = Date.parse('2024-01-01T03:00:00Z')
const MINUTE = 60_000

interface Kept {
  /** Day of the simulation. */
  readonly day: number
  readonly at: number
}

/**
 * Backs up each day and applies the rules after each run, as the option of a backup does.
 *
 * @returns for each day the days whose versions are there, newest first
 */
function simulate(rules: RetentionRules, jitter: (day: number) => number): number[][] {
  let kept: Kept[] = []
  return Array.from({ length: YEARS * 365 }, (_, day) => {
    const at = START + day * DAY + jitter(day)
    kept = [{ day, at }, ...kept]
    const versions = kept.map((one, number) => ({ number, createdAt: new Date(one.at), isPartial: false }))
    const decisions = planRetention(versions, rules, { now: new Date(at), newestIsCurrent: true })
    kept = kept.filter((_one, number) => !decisions[number]!.goes)
    return kept.map((one) => one.day)
  })
}

const none = () => 0
const RULES: RetentionRules[] = [
  { retentionPolicy: '1W:1D,4W:1W,12M:1M' },
  { retentionPolicy: '1W:1D,4W:1W,12M:1M,U:1Y' },
  { retentionPolicy: '3D:U,2M:2D,U:10D' },
  { keepTime: '30D', keepVersions: 20 },
  { keepTime: '6M' }
]

describe.each(RULES)('two years of daily runs with %j', (rules) => {
  const expected = simulate(rules, none)

  it('keep the same days with half an hour of jitter either way', () => {
    for (const seed of [1, 2, 3]) {
      const random = createRandom(seed)
      const jittered = simulate(rules, () => Math.round((random.integer(3601) - 1800) * 1000))
      expect(jittered).toEqual(expected)
    }
  })

  it('keep the same days when each run is as early or as late as it can be', () => {
    expect(simulate(rules, (day) => (day % 2 === 0 ? 30 : -30) * MINUTE)).toEqual(expected)
    expect(simulate(rules, (day) => (day % 7 === 0 ? -30 : 30) * MINUTE)).toEqual(expected)
  })

  it('keep the same days across daylight saving time', () => {
    const isSummer = (day: number) => day % 365 > 89 && day % 365 < 300
    if (rules.keepTime === undefined)
      expect(simulate(rules, (day) => (isSummer(day) ? -60 : 0) * MINUTE)).toEqual(expected)
  })
})

it('one a day for a week, one a week for four weeks, one a month for a year, and nothing older', () => {
  for (const [today, days] of simulate({ retentionPolicy: '1W:1D,4W:1W,12M:1M' }, none).entries()) {
    const ages = days.map((day) => today - day)
    const week = ages.filter((age) => age <= 7)
    const month = ages.filter((age) => age > 7 && age <= 28)
    const year = ages.filter((age) => age > 28)
    expect(week).toEqual(Array.from({ length: Math.min(today, 7) + 1 }, (_, age) => age))
    // Of weeks there are three or four, a week apart; of what they leave, one every five weeks stays.
    for (const [index, age] of month.entries()) expect(age - (month[index - 1] ?? age - 7)).toBe(7)
    for (const [index, age] of year.entries()) expect(age - (year[index - 1] ?? age - 35)).toBe(35)
    if (today < 400) continue
    expect(month).toHaveLength(3)
    expect([9, 10]).toContain(year.length)
    expect(Math.max(...ages)).toBeLessThanOrEqual(360)
    expect(Math.max(...ages)).toBeGreaterThan(320)
  }
})
