import {
  type DestinationRepairResult,
  formatPlan,
  type RepairPlan,
  type RepairResult,
  type SettingValues
} from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'

/** Says what is to be done to the catalog and does it, then the same for the destination. */
export async function runRepair(context: CommandContext): Promise<ExitCode> {
  const { calls, io, reporter } = context
  const { dryRun, ...settings } = context.settings
  context.interruption.cannotStop()
  if (dryRun === true) return await showPlan(context, settings)
  const started = io.monotonic()
  await using backup = await context.open({ damagedCatalog: 'set-aside' })
  const options = { ...settings, ...calls }
  const first = await backup.planRepair(options)
  await tell(context, first)
  const made = await backup.repair(first, options)
  let result = made
  if (made.destination === undefined) {
    const second = await backup.planRepair(options)
    await tell(context, second)
    const { destination, outcome } = await backup.repair(second, options)
    result = { ...made, destination, outcome: destination?.mended.length ? outcome : worse(made, outcome) }
  }
  return await reporter.finish(result.outcome, { ...result, catalog: backup.catalogPath }, [
    `Catalog   ${backup.catalogPath ?? 'temporary'}`,
    `Taken in  ${formatCounted(result.versions, 'version')}`,
    `Fetched   ${formatCounted(result.fetchedVolumes, 'volume')}, ${formatBytes(result.fetchedBytes)}`,
    ...destinationLines(result.destination),
    `Issues    ${issueCount(result) === 0 ? 'none' : issueCount(result)}`,
    ...issueLines(result.issues, result.issues.length),
    ...issueLines(result.destination?.issues ?? [], result.destination?.issueCount ?? 0),
    `Took      ${formatDuration(io.monotonic() - started)}`
  ])
}

function destinationLines(result: DestinationRepairResult | undefined): string[] {
  if (result === undefined) return []
  const { mended, sound, foundBlocks, storedBytes, lost } = result
  const parts = [
    mended.length === 0 ? 'no volume as a whole' : formatCounted(mended.length, 'volume'),
    ...(foundBlocks === 0 ? [] : [`${formatCounted(foundBlocks, 'block')} found again`]),
    ...(storedBytes === 0 ? [] : [`${formatBytes(storedBytes)} stored`])
  ]
  return [
    `Mended    ${mended.length + foundBlocks === 0 ? 'nothing' : parts.join('; ')}`,
    ...(sound.length === 0 ? [] : [`Sound     ${formatCounted(sound.length, 'volume')} after all`]),
    ...(lost.volumes.length === 0
      ? []
      : [
          `Lost      ${formatCounted(lost.volumes.length, 'volume')}, ${formatCounted(lost.files.length, 'path')}; "tercet list-broken-files" names them`
        ])
  ]
}

function issueCount({ issues, destination }: RepairResult): number {
  return issues.length + (destination?.issueCount ?? 0)
}

const ORDER = ['success', 'warning', 'stopped', 'error'] as const

function worse({ outcome }: RepairResult, other: RepairResult['outcome']): RepairResult['outcome'] {
  return ORDER.indexOf(outcome) > ORDER.indexOf(other) ? outcome : other
}

async function tell({ reporter }: CommandContext, plan: RepairPlan): Promise<void> {
  await reporter.plan(plan, formatPlan(plan).split('\n'))
}

async function showPlan(
  { calls, open, reporter }: CommandContext,
  settings: SettingValues
): Promise<ExitCode> {
  await using backup = await open()
  const plan = await backup.planRepair({ ...settings, ...calls })
  return await reporter.finish('success', plan, formatPlan(plan).split('\n'))
}
