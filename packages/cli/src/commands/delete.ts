import { type DeleteResult, formatPlan, type SettingValues } from '@tercet/sdk'
import { formatCounted, formatTime } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'
import { compactLines } from './compact.ts'

/** Says which version goes by which rule, and which rule keeps each other one, then deletes. */
export async function runDelete(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter, settings } = context
  const [rules, rest] = split(settings)
  interruption.cannotStop()
  await using backup = await context.open()
  const plan = await backup.planDelete({ ...rules, ...calls })
  const result = await backup.delete(plan, { ...rest, ...calls })
  return await reporter.finish(result.outcome, { ...result, plan }, [
    ...formatPlan(plan).split('\n'),
    ...(result.isDryRun ? [] : deleteLines(result))
  ])
}

/** The rules that choose versions, and how the rest is done. */
function split(settings: SettingValues): [SettingValues, SettingValues] {
  const {
    versions,
    time,
    keepTime,
    keepVersions,
    retentionPolicy,
    allowFullRemoval,
    timeTolerance,
    ...rest
  } = settings
  const rules = { versions, time, keepTime, keepVersions, retentionPolicy, allowFullRemoval, timeTolerance }
  return [
    Object.fromEntries(Object.entries(rules).filter(([, value]) => value !== undefined)) as SettingValues,
    rest
  ]
}

/** What became of the versions that were to go. */
export function deleteLines({ deleted, remaining, issues, issueCount, compaction }: DeleteResult): string[] {
  const which = deleted.map(({ createdAt }) => formatTime(createdAt))
  return [
    `Deleted   ${formatCounted(deleted.length, 'version')}${which.length === 1 ? `, of ${which[0]}` : ''}; ${remaining} left`,
    ...issueLines(issues, issueCount),
    ...(compaction === undefined ? [] : compactLines(compaction))
  ]
}
