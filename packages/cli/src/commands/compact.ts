import { type CompactResult, formatPlan } from '@tercet/sdk'
import { formatBytes, formatCounted } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'

/** Says which volumes go and why, what that costs and gains, then does it. */
export async function runCompact(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter, settings } = context
  const { dryRun, ...rules } = settings
  await using backup = await context.open()
  const plan = await backup.planCompact({ ...rules, ...calls })
  const result = await backup.compact(plan, {
    dryRun: dryRun === true,
    stop: interruption.stop,
    ...calls
  })
  return await reporter.finish(result.outcome, { ...result, plan }, [
    ...formatPlan(plan).split('\n'),
    ...(result.isDryRun ? [] : compactLines(result))
  ])
}

/** What came of it. */
export function compactLines(result: CompactResult): string[] {
  const { deletedVolumes, newVolumes, freedBytes, fetchedBytes, storedBytes, issues, issueCount } = result
  if (deletedVolumes + newVolumes + issueCount === 0) return ['Compacted nothing, as little is wasted']
  return [
    `Compacted ${formatCounted(deletedVolumes, 'volume')} to ${newVolumes}: ${formatBytes(Math.max(0, freedBytes))} freed; ${formatBytes(fetchedBytes)} fetched, ${formatBytes(storedBytes)} stored`,
    ...issueLines(issues, issueCount)
  ]
}
