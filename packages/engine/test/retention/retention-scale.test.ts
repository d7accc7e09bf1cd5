import { expect, it } from 'vitest'
import { planRetention } from '../../src/retention/plan-retention.ts'
import { going, NOW } from './versions.ts'

/** Versions an hour apart that count how often their label is looked at. */
function countedVersions(count: number) {
  let looks = 0
  const versions = Array.from({ length: count }, (_, number) => ({
    number,
    isPartial: number % 10 === 5,
    get createdAt() {
      looks += 1
      return new Date(NOW.getTime() - number * 3_600_000)
    }
  }))
  return { versions, looks: () => looks }
}

it('looks at each of 10 000 versions a few times only', () => {
  const rules = { keepTime: '1Y', keepVersions: 500, retentionPolicy: '1W:1h,4W:1D,12M:1W,U:1M' }
  const { versions, looks } = countedVersions(10_000)
  const decisions = planRetention(versions, rules, { now: NOW, newestIsCurrent: true })
  expect(decisions).toHaveLength(10_000)
  expect(going(decisions).length).toBeGreaterThan(8000)
  expect(looks()).toBeLessThanOrEqual(10 * versions.length)
})
