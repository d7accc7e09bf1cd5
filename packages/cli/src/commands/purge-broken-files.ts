import { formatPlan } from '@tercet/sdk'
import { formatCounted } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { purgeLines } from './purge.ts'

/** Says which volumes are given up and what goes from which versions, then takes it out. */
export async function runPurgeBrokenFiles(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter, settings } = context
  const { replaceMetadata, ...rest } = settings
  interruption.cannotStop()
  await using backup = await context.open()
  const rules = typeof replaceMetadata === 'boolean' ? { replaceMetadata } : {}
  const plan = await backup.planPurgeBroken({ ...rules, ...calls })
  await reporter.plan(plan, formatPlan(plan).split('\n'))
  const result = await backup.purgeBroken(plan, { ...rest, ...calls })
  const { isDryRun, droppedVolumes, deleted } = result
  const gone = [
    `Given up  ${formatCounted(droppedVolumes.length, 'volume')}`,
    ...(deleted.length === 0 ? [] : [`Deleted   ${formatCounted(deleted.length, 'version')}`]),
    ...purgeLines(result)
  ]
  const hasWork = plan.lostVolumes.length + plan.mended.length > 0
  return await reporter.finish(result.outcome, { ...result, plan }, isDryRun || !hasWork ? [] : gone)
}
