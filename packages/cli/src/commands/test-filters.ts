import type { ScanDecision, SourceIssue } from '@tercet/sdk'
import { testFilters } from '@tercet/sdk'
import { formatCounted, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'
import { needArguments } from './needs.ts'

export async function runTestFilters(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'at least one source')
  const { calls, reporter, settings } = context
  context.interruption.cannotStop()
  const issues: SourceIssue[] = []
  let taken = 0
  let left = 0
  for await (const found of testFilters({ ...settings, sources: context.arguments, signal: calls.signal })) {
    if (reporter.isClosed) break
    if ('code' in found) issues.push(found)
    else {
      if (found.stored) taken += 1
      else left += 1
      await reporter.item('decision', found, decisionLine(found))
    }
  }
  const lines = [
    `${formatCounted(taken, 'entry', 'entries')} taken, ${left} left out`,
    ...issueLines(issues, issues.length)
  ]
  return await reporter.finish(issues.length === 0 ? 'success' : 'warning', { taken, left, issues }, lines)
}

function decisionLine({ path, stored, entered, reason, rule }: ScanDecision): string {
  const sign = stored ? '+' : entered ? '>' : '-'
  return `${sign} ${printable(path)}  (${rule === undefined ? reason : `${reason} ${printable(rule)}`})`
}
