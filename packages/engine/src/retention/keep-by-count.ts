import type { DatedVersion, RuleVerdict } from './retention-types.ts'

/**
 * The newest complete versions stay. Partial ones stay only while no complete one is newer (behaviour section 14.1).
 */
export function keepByCount(versions: readonly DatedVersion[], count: number): Map<number, RuleVerdict> {
  let complete = 0
  const verdicts = new Map<number, RuleVerdict>()
  for (const { number, isPartial } of versions) {
    const goes = isPartial ? complete > 0 : complete >= count
    const detail = isPartial
      ? `partial, ${goes ? 'and a complete version is newer' : 'and no complete version is newer'}`
      : `${goes ? 'not ' : ''}among the ${count} newest complete versions`
    verdicts.set(number, { rule: 'keep-versions', goes, detail })
    if (!isPartial) complete += 1
  }
  return verdicts
}
