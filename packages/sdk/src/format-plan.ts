import type { CompactPlan, DeletePlan, PurgeBrokenPlan, PurgePlan, RestorePlan } from '@tercet/engine'
import { formatBytes, formatCounted, formatTime, printable } from './format.ts'
import { formatCompactPlan } from './format-compact-plan.ts'
import { formatDeletePlan } from './format-delete-plan.ts'
import { formatPurgeBrokenPlan, formatPurgePlan } from './format-purge-plan.ts'
import { formatRepairPlan } from './format-repair-plan.ts'
import type { RepairPlan } from './repair.ts'

/** Names of volumes and issues of a plan that are spelt out; plans say how many more there are. */
const SHOWN = 10

/** Everything that can be planned. */
type AnyPlan = RestorePlan | RepairPlan | DeletePlan | CompactPlan | PurgePlan | PurgeBrokenPlan

/** What a plan would do, in a few lines for people. Names from elsewhere in it cannot disturb a terminal. */
export function formatPlan(plan: AnyPlan): string {
  return linesOf(plan).join('\n')
}

function linesOf(plan: AnyPlan): readonly string[] {
  if ('decisions' in plan) return formatDeletePlan(plan)
  if ('purged' in plan) return formatPurgePlan(plan)
  if ('mended' in plan) return formatPurgeBrokenPlan(plan)
  if ('volumesToRewrite' in plan) return formatCompactPlan(plan)
  return 'catalog' in plan ? formatRepairPlan(plan) : restoreLines(plan)
}

function restoreLines(plan: RestorePlan): string[] {
  const { version, issues } = plan
  const what = [
    formatCounted(plan.files, 'file'),
    formatCounted(plan.folders, 'folder'),
    formatCounted(plan.links, 'link'),
    formatBytes(plan.bytes)
  ]
  const present = plan.presentFiles === 0 ? '' : `; ${formatCounted(plan.presentFiles, 'file')} there already`
  return [
    `Version   ${version.number}, of ${formatTime(version.createdAt)}${version.isPartial ? ', partial' : ''}`,
    `Restore   ${what.join(', ')}`,
    `Write     ${formatBytes(plan.bytesToWrite)}${present}`,
    `Fetch     ${volumesText(plan)}`,
    ...archivedLines(plan),
    `Issues    ${issues.length === 0 ? 'none' : issues.length}`,
    ...listed(issues.map(({ message }) => message))
  ]
}

function volumesText({ volumesToFetch, bytesToFetch }: RestorePlan): string {
  if (volumesToFetch.length === 0) return 'nothing'
  return `${formatCounted(volumesToFetch.length, 'volume')}, ${formatBytes(bytesToFetch)}`
}

function archivedLines({ archivedVolumes }: RestorePlan): string[] {
  if (archivedVolumes.length === 0) return []
  const count = formatCounted(archivedVolumes.length, 'volume')
  return [`Archived  ${count} of them, to be asked for first`, ...listed(archivedVolumes)]
}

function listed(texts: readonly string[]): string[] {
  const shown = texts.slice(0, SHOWN).map((text) => `  ${printable(text)}`)
  return texts.length > SHOWN ? [...shown, `  and ${texts.length - SHOWN} more`] : shown
}
