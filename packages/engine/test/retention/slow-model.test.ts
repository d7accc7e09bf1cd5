import fc from 'fast-check'
import { expect, it } from 'vitest'
import { planRetention } from '../../src/retention/plan-retention.ts'
import type { DatedVersion, RetentionRules } from '../../src/retention/retention-types.ts'
import { DAY, going, NOW } from './versions.ts'

const HOUR = DAY / 24

interface Model {
  readonly keepDays: number | undefined
  readonly keepVersions: number | undefined
  /** Days. */
  readonly frames: readonly (readonly [frame: number, interval: number])[] | undefined
}

/** The rules as the behaviour page says them, one version at a time, however long that takes. */
function goingByModel(
  versions: readonly DatedVersion[],
  { keepDays, keepVersions, frames }: Model
): number[] {
  const age = (version: DatedVersion) => (NOW.getTime() - version.createdAt.getTime()) / DAY
  const tenth = (days: number) => Math.min(days / 10, 2 / 24)
  const frameOf = (version: DatedVersion) => frames?.find(([frame]) => age(version) <= frame + tenth(frame))
  const byAge = (version: DatedVersion) =>
    keepDays !== undefined &&
    age(version) > keepDays + Math.min(keepDays / 100, 1 / 24) &&
    versions.some((other) => other.number < version.number && !other.isPartial)
  const known = new Map<DatedVersion, boolean>()
  const byPolicy = (version: DatedVersion): boolean => {
    const before = known.get(version)
    if (before !== undefined) return before
    const frame = frameOf(version)
    let goes = false
    if (frames === undefined || version.number === 0) goes = false
    else if (frame === undefined) goes = true
    else if (!version.isPartial && frame[1] > 0) {
      goes = versions.some(
        (older) =>
          older.number !== 0 &&
          !older.isPartial &&
          frameOf(older) === frame &&
          (age(older) > age(version) || (age(older) === age(version) && older.number > version.number)) &&
          age(older) - age(version) < frame[1] - tenth(frame[1]) &&
          !byPolicy(older)
      )
    }
    known.set(version, goes)
    return goes
  }
  const left = versions.filter((version) => !byAge(version) && !byPolicy(version))
  const byCount = (version: DatedVersion) => {
    if (keepVersions === undefined) return false
    const newer = left.filter((other) => other.number < version.number && !other.isPartial).length
    return version.isPartial ? newer > 0 : newer >= keepVersions
  }
  const stays = left.filter((version) => !byCount(version))
  const complete = versions.filter(({ isPartial }) => !isPartial)
  if (complete.length > 0 && !stays.some(({ isPartial }) => !isPartial)) stays.push(complete[0]!)
  if (stays.length === 0 && versions.length > 0) stays.push(versions[0]!)
  return versions.filter((version) => !stays.includes(version)).map(({ number }) => number)
}

const versionLists = fc
  .array(fc.record({ hours: fc.integer({ min: -50, max: 24 * 90 }), isPartial: fc.boolean() }), {
    maxLength: 40
  })
  .chain((items) =>
    fc.record({
      // Mostly in order of age, sometimes as after a clock that jumped.
      items: fc.constant(items),
      inOrder: fc.integer({ min: 0, max: 3 }).map((choice) => choice > 0)
    })
  )
  .map(({ items, inOrder }) => {
    const ordered = inOrder ? items.toSorted((a, b) => a.hours - b.hours) : items
    return ordered.map(({ hours, isPartial }, number) => ({
      number,
      createdAt: new Date(NOW.getTime() - hours * HOUR),
      isPartial
    }))
  })

const policies = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 0, max: 14 })), {
    minLength: 1,
    maxLength: 4
  })
  .map((parts) => {
    const frames = [...new Set(parts.map(([frame]) => frame))].sort((a, b) => a - b)
    const intervals = parts.map(([, interval]) => interval).sort((a, b) => a - b)
    return frames.map((frame, index) => [frame, Math.min(intervals[index]!, frame)] as const)
  })
  .filter((frames) => frames.every(([, interval], index) => interval >= (frames[index - 1]?.[1] ?? 0)))

it('decides as a slow reading of the rules does', () => {
  let thinned = 0
  fc.assert(
    fc.property(
      versionLists,
      fc.record({
        keepDays: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
        keepVersions: fc.option(fc.integer({ min: 1, max: 10 }), { nil: undefined }),
        frames: fc.option(policies, { nil: undefined })
      }),
      (versions, model) => {
        const rules: RetentionRules = {
          keepTime: model.keepDays === undefined ? undefined : `${model.keepDays}D`,
          keepVersions: model.keepVersions,
          retentionPolicy: model.frames?.map(([frame, interval]) => `${frame}D:${interval}D`).join(',')
        }
        fc.pre(Object.values(rules).some((rule) => rule !== undefined))
        const context = { now: NOW, newestIsCurrent: true }
        const decisions = planRetention(versions, rules, context)
        expect(going(decisions)).toEqual(goingByModel(versions, model))
        expect(decisions.map(({ version }) => version)).toEqual(versions)
        expect(decisions.every(({ reasons }) => reasons.length > 0)).toBe(true)
        thinned += going(decisions).length
        const complete = versions.filter(({ isPartial }) => !isPartial)
        if (complete.length > 0)
          expect(decisions.some(({ goes, version }) => !goes && !version.isPartial)).toBe(true)
      }
    ),
    { seed: 20260615, numRuns: 500 }
  )
  expect(thinned).toBeGreaterThan(1000)
})
