import type { RetentionFrame } from './parse-policy.ts'
import type { DatedVersion, RuleVerdict } from './retention-types.ts'
import { toleranceOf } from './tolerance.ts'

export interface PolicyOptions {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly tolerant: boolean
  /** The newest version may go when it is older than every frame. */
  readonly mayTakeNewest: boolean
}

/**
 * Thins out versions by their age (behaviour section 14.2, W16). Each version belongs to the shortest frame that it is
 * young enough for. There the oldest stays, then each complete one that is an interval younger than the last complete
 * one that stays. Labels decide, not the order in which versions were made, so that a clock which was once wrong does
 * not thin out what came after (W32).
 */
export function keepByPolicy(
  versions: readonly DatedVersion[],
  frames: readonly RetentionFrame[],
  { now, tolerant, mayTakeNewest }: PolicyOptions
): Map<number, RuleVerdict> {
  const verdicts = new Map<number, RuleVerdict>()
  const members: DatedVersion[][] = frames.map(() => [])
  const oldest = frames.map((frame) => oldestWithin(frame, now, tolerant))
  for (const version of versions) {
    const time = version.createdAt.getTime()
    const index = oldest.findIndex((limit) => time >= limit)
    const isNewest = version.number === 0
    if (isNewest && (index >= 0 || !mayTakeNewest))
      verdicts.set(0, { rule: 'newest', goes: false, detail: 'the newest version' })
    else if (index >= 0) members[index]!.push(version)
    else {
      const detail = `older than ${frames.at(-1)?.frameText}`
      verdicts.set(version.number, { rule: 'retention-policy', goes: true, detail })
    }
  }
  for (const [index, frame] of frames.entries()) thin(members[index]!, frame, tolerant, verdicts)
  return verdicts
}

/** Label of the oldest version that is young enough for a frame, in milliseconds since 1970. */
export function oldestWithin({ frame }: RetentionFrame, now: number, tolerant: boolean): number {
  return now - frame - (tolerant ? toleranceOf(frame) : 0)
}

function thin(
  members: DatedVersion[],
  { interval, frameText, intervalText }: RetentionFrame,
  tolerant: boolean,
  verdicts: Map<number, RuleVerdict>
): void {
  const needed = interval - (tolerant ? toleranceOf(interval) : 0)
  const times = new Map(members.map((version) => [version, version.createdAt.getTime()]))
  members.sort((a, b) => times.get(a)! - times.get(b)! || b.number - a.number)
  let last: DatedVersion | undefined
  const say = (version: DatedVersion, goes: boolean, detail: string) =>
    verdicts.set(version.number, { rule: 'retention-policy', goes, detail: `within ${frameText}: ${detail}` })
  for (const version of members) {
    const isFar = last === undefined || times.get(version)! - times.get(last)! >= needed
    if (interval === 0) say(version, false, 'all stay')
    else if (isFar) {
      say(version, false, last === undefined ? 'the oldest' : `${intervalText} after version ${last.number}`)
    } else if (version.isPartial) say(version, false, 'partial versions are not thinned out')
    else say(version, true, `less than ${intervalText} after version ${last?.number}`)
    if (isFar && !version.isPartial) last = version
  }
}
