import type { Backup, RestorePlan, RestoreResult } from '@tercet/sdk'
import { formatBytes, formatCounted, formatDuration, formatTime } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { archivedLines } from '../render/archived.ts'
import { replicaArguments } from '../replica-arguments.ts'
import { issueLines } from '../reporter.ts'

export async function runRestore(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, io, own, reporter } = context
  const { dryRun = false, ...planSettings } = context.settings
  interruption.cannotStop()
  const started = io.monotonic()
  const { replicas: fallbacks, backends } = await replicaArguments(own)
  const elsewhere = new Set<string>()
  await using backup = await context.open({
    backends,
    fallbacks,
    onEvent(event) {
      if (event.type === 'read-fallback') elsewhere.add(event.volume)
      calls.onEvent(event)
    }
  })
  const planOptions = { ...planSettings, include: context.arguments, ...calls }
  const asksFirst = own.flag('ask-for-archived')
  let plan: RestorePlan
  try {
    plan = await backup.planRestore(planOptions)
  } catch (error) {
    calls.signal.throwIfAborted()
    const asked = asksFirst ? await ask(context, backup) : undefined
    if (asked === undefined) throw error
    return asked
  }
  const asked = asksFirst ? await ask(context, backup, plan) : undefined
  if (asked !== undefined) return asked
  const result = await backup.restore(plan, { dryRun: dryRun === true, ...calls })
  const elapsed = io.monotonic() - started
  const lines = restoreLines(plan, result, elapsed)
  if (elsewhere.size > 0)
    lines.push(
      `Replicas  ${formatCounted(elsewhere.size, 'volume')} came from other copies, as one place did not give them whole`
    )
  const { archivedVolumes } = plan
  const data = { ...result, fromOtherCopies: elsewhere.size, archivedVolumes }
  return await reporter.finish(result.outcome, data, [...lines, ...archivedLines(archivedVolumes)])
}

async function ask(context: CommandContext, backup: Backup, plan?: RestorePlan) {
  return await (await import('./ask-for-archived.ts')).askForArchived(context, backup, plan)
}

function restoreLines(plan: RestorePlan, result: RestoreResult, elapsed: number): string[] {
  const { version } = plan
  const what = [
    formatCounted(result.files, 'file'),
    formatCounted(result.folders, 'folder'),
    formatCounted(result.links, 'link'),
    formatBytes(result.bytes)
  ].join(', ')
  const from = `${version.number}, of ${formatTime(version.createdAt)}${version.isPartial ? ', partial' : ''}`
  return [
    `${result.dryRun ? 'Would restore' : 'Restored'}  ${what}`,
    `Version   ${from}`,
    `Fetched   ${formatCounted(result.fetchedVolumes, 'volume')}, ${formatBytes(result.fetchedBytes)}`,
    `Issues    ${result.issues.length === 0 ? 'none' : `${result.issues.length}, ${result.failed} not restored`}`,
    ...issueLines(result.issues, result.issues.length),
    `Took      ${formatDuration(elapsed)}`
  ]
}
