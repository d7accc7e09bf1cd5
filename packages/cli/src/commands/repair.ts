import { formatPlan } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'

export async function runRepair(context: CommandContext): Promise<ExitCode> {
  const { calls, io, own, reporter } = context
  context.interruption.cannotStop()
  if (own.flag('dry-run')) return await showPlan(context)
  const started = io.monotonic()
  await using backup = await context.open({ damagedCatalog: 'set-aside' })
  const result = await backup.repair(calls)
  return await reporter.finish(result.outcome, { ...result, catalog: backup.catalogPath }, [
    `Catalog   ${backup.catalogPath ?? 'temporary'}`,
    `Taken in  ${formatCounted(result.versions, 'version')}`,
    `Fetched   ${formatCounted(result.fetchedVolumes, 'volume')}, ${formatBytes(result.fetchedBytes)}`,
    `Issues    ${result.issues.length === 0 ? 'none' : result.issues.length}`,
    ...issueLines(result.issues, result.issues.length),
    `Took      ${formatDuration(io.monotonic() - started)}`
  ])
}

async function showPlan({ calls, open, reporter }: CommandContext): Promise<ExitCode> {
  await using backup = await open()
  const plan = await backup.planRepair(calls)
  return await reporter.finish('success', plan, formatPlan(plan).split('\n'))
}
