import type { MendedVersion, PurgeBrokenPlan, PurgedVersion, PurgePlan } from '@tercet/engine'
import { formatBytes, formatCounted, formatTime, printable } from './format.ts'

const REASONS = {
  missing: 'missing at the destination',
  size: 'of another size than was stored',
  damaged: 'found damaged'
} as const

/** Volumes that are spelt out; the plan says how many more there are. */
const SHOWN = 10

/** One line for each version that loses something, newest first, and the first paths that go. */
export function formatPurgePlan({ purged, unchanged, examples, issues }: PurgePlan): readonly string[] {
  return [
    ...purged.map((one) => lossLine(one, '')),
    ...pathLines(examples, purged),
    ...issues.map(({ severity, code, message }) => printable(`  ${severity} ${code}: ${message}`)),
    `Purge     ${formatCounted(purged.length, 'version')}${unchanged === 0 ? '' : `; nothing matches in ${unchanged}`}`
  ]
}

/** The same for what is broken, with the volumes that are given up. */
export function formatPurgeBrokenPlan(plan: PurgeBrokenPlan): readonly string[] {
  const { lostVolumes, mended, examples, issues } = plan
  if (lostVolumes.length + mended.length === 0) return ['Purge     nothing, as nothing is known to be broken']
  const more = lostVolumes.length - SHOWN
  return [
    `Give up   ${formatCounted(lostVolumes.length, 'volume')}`,
    ...lostVolumes.slice(0, SHOWN).map(({ name, reason }) => printable(`  ${name}  ${REASONS[reason]}`)),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...mended.map((one) => lossLine(one, actionOf(one))),
    ...pathLines(examples, mended),
    ...issues.map(({ severity, code, message }) => printable(`  ${severity} ${code}: ${message}`)),
    `Purge     ${formatCounted(mended.length, 'version')}`
  ]
}

function actionOf({ action, isListLost }: MendedVersion): string {
  if (action === 'delete') return 'goes: nothing is left of it; '
  return isListLost ? 'gets a new list; ' : ''
}

function lossLine(loss: PurgedVersion, action: string): string {
  const { version, removedEntries, removedBytes, emptiedEntries, remainingEntries } = loss
  const emptied = emptiedEntries === 0 ? '' : `, ${emptiedEntries} without metadata`
  return `${String(version.number).padStart(4)}  ${formatTime(version.createdAt)}  ${action}${removedEntries} of ${removedEntries + remainingEntries} go, ${formatBytes(removedBytes)}${emptied}`
}

function pathLines(examples: readonly string[], losses: readonly PurgedVersion[]): string[] {
  const most = Math.max(0, ...losses.map(({ removedEntries }) => removedEntries))
  return [
    ...examples.map((path) => printable(`  ${path}`)),
    ...(most > examples.length ? ['  and others'] : [])
  ]
}
