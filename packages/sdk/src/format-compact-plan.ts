import type { CompactPlan, CompactVolume } from '@tercet/engine'
import { formatBytes, formatCounted, printable } from './format.ts'

/** Volumes that are spelt out; the plan says how many more there are. */
const SHOWN = 10

/** What a compaction would do: which volumes and why, what it costs, what comes back. */
export function formatCompactPlan(plan: CompactPlan): readonly string[] {
  const { volumesToDelete, volumesToRewrite, volumesDeferred, issues } = plan
  return [
    `Waste     ${formatBytes(plan.wastedBytes)} of ${formatBytes(plan.dataBytes)} (${percent(plan.wastedBytes, plan.dataBytes)}), in ${formatCounted(plan.volumes, 'volume')}`,
    `Delete    ${volumesText(volumesToDelete)}`,
    ...listed(volumesToDelete),
    `Rewrite   ${volumesText(volumesToRewrite)}`,
    ...listed(volumesToRewrite),
    ...(volumesDeferred.length === 0
      ? []
      : [`Later     ${volumesText(volumesDeferred)}: no more may be fetched`]),
    `Cost      ${costText(plan)}`,
    `Gain      about ${formatBytes(plan.bytesToFree)}`,
    ...issues.map(({ severity, code, message }) => printable(`  ${severity} ${code}: ${message}`))
  ]
}

function costText({ bytesToFetch, bytesToStore, bytesToReadBack }: CompactPlan): string {
  const cost = `${formatBytes(bytesToFetch)} to fetch, about ${formatBytes(bytesToStore)} to store`
  return bytesToReadBack === 0 ? cost : `${cost} and to read back`
}

function volumesText(volumes: readonly CompactVolume[]): string {
  if (volumes.length === 0) return 'nothing'
  const bytes = volumes.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return `${formatCounted(volumes.length, 'volume')}, ${formatBytes(bytes)}`
}

function listed(volumes: readonly CompactVolume[]): string[] {
  const lines = volumes
    .slice(0, SHOWN)
    .map(({ name, reason, wastedBytes, dataBytes }) =>
      printable(`  ${name}  ${reason}, ${percent(wastedBytes, dataBytes)} unused`)
    )
  return volumes.length > SHOWN ? [...lines, `  and ${volumes.length - SHOWN} more`] : lines
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)} %`
}
