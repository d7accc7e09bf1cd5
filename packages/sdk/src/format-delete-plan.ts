import type { DeletePlan, VersionDecision } from '@tercet/engine'
import { formatCounted, formatTime, printable } from './format.ts'

/** One line for each version, newest first, with the rules that decide on it. */
export function formatDeletePlan({ decisions, issues }: DeletePlan): readonly string[] {
  const going = decisions.filter(({ goes }) => goes).length
  return [
    ...decisions.map(decisionLine),
    ...issues.map(({ severity, code, message }) => printable(`  ${severity} ${code}: ${message}`)),
    `Delete    ${going} of ${formatCounted(decisions.length, 'version')}`
  ]
}

function decisionLine({ version, goes, reasons }: VersionDecision): string {
  const { number, createdAt, isPartial } = version
  const why = reasons.map(({ rule, detail }) => `${rule}: ${detail}`).join('; ')
  const state = `${goes ? 'goes ' : 'stays'}${isPartial ? ', partial' : ''}`
  return printable(`${String(number).padStart(4)}  ${formatTime(createdAt)}  ${state}  ${why}`)
}
