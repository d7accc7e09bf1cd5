import { formatPlan, type PurgeBrokenResult, type PurgeResult } from '@tercet/sdk'
import { formatCounted } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'
import { compactLines } from './compact.ts'

/** Says what goes from which versions, then takes it out. */
export async function runPurge(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter, settings } = context
  const { versions, time, filters, ...rest } = settings
  interruption.cannotStop()
  await using backup = await context.open()
  const chosen = { versions, time, filters, paths: context.arguments }
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined))
  const plan = await backup.planPurge({ ...given, ...calls })
  await reporter.plan(plan, formatPlan(plan).split('\n'))
  const result = await backup.purge(plan, { ...rest, ...calls })
  return await reporter.finish(result.outcome, { ...result, plan }, result.isDryRun ? [] : purgeLines(result))
}

/** What became of the versions that were to lose something. */
export function purgeLines(result: PurgeResult | PurgeBrokenResult): string[] {
  const { rewritten, issues, issueCount, compaction } = result
  return [
    `Purged    ${formatCounted(rewritten.length, 'version')}`,
    ...issueLines(issues, issueCount),
    ...(compaction === undefined ? [] : compactLines(compaction))
  ]
}
