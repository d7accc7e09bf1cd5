import type { DatedVersion, VersionDecision } from '../../src/retention/retention-types.ts'

export const DAY = 86_400_000
export const NOW = new Date('2026-06-15T12:00:00Z')

/** Versions so many days old, newest first; `partial` has the numbers of partial ones. */
export function versionsOfAge(days: readonly number[], partial: readonly number[] = []): DatedVersion[] {
  return days.map((age, number) => ({
    number,
    createdAt: new Date(NOW.getTime() - age * DAY),
    isPartial: partial.includes(number)
  }))
}

/** Numbers of the versions that go. */
export function going(decisions: readonly VersionDecision[]): number[] {
  return decisions.filter(({ goes }) => goes).map(({ version }) => version.number)
}

/** Why a version goes or stays, as text. */
export function reasonOf(decisions: readonly VersionDecision[], number: number): string {
  const { goes, reasons } = decisions[number]!
  return `${goes ? 'goes' : 'stays'} ${reasons.map(({ rule, detail }) => `${rule}: ${detail}`).join('; ')}`
}
