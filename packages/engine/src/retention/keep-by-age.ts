import { parseTime } from '../common/selection-time.ts'
import type { DatedVersion, RuleVerdict } from './retention-types.ts'
import { ageTolerance } from './tolerance.ts'

export interface AgeOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  /** Moment before which versions go. */
  readonly limit: number
  /** The age as it was written. */
  readonly text: string
  readonly tolerant: boolean
}

/** Versions older than the limit go, but not before a complete one has stayed (behaviour section 14.1). */
export function keepByAge(
  versions: readonly DatedVersion[],
  { now, limit, text, tolerant }: AgeOptions
): Map<number, RuleVerdict> {
  const oldest = limit - (tolerant ? ageTolerance(now - limit) : 0)
  let hasComplete = false
  const verdicts = new Map<number, RuleVerdict>()
  for (const version of versions) {
    const isYoung = version.createdAt.getTime() >= oldest
    const goes = !isYoung && hasComplete
    const detail = isYoung
      ? `not older than ${text}`
      : goes
        ? `older than ${text}`
        : `older than ${text}, but no complete version is newer`
    verdicts.set(version.number, { rule: 'keep-time', goes, detail })
    hasComplete ||= !version.isPartial
  }
  return verdicts
}

/** So long before `now`, in milliseconds since 1970; months and years by the calendar. */
export function momentBefore(duration: string, now: number): number {
  return parseTime(/^\d+$/.test(duration) ? `${duration}s` : duration, new Date(now)).getTime()
}
