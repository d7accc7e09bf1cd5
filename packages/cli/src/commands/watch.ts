import type { WatchedRun } from '@tercet/sdk'
import { formatBytes, formatCounted, formatTime } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { explain } from '../explain.ts'
import { needArguments } from './needs.ts'

/** Until it is stopped. Each version is told when it is made; the first signal ends in good order. */
export async function runWatch(context: CommandContext): Promise<ExitCode> {
  const { calls, interruption, reporter, settings } = context
  needArguments(context, 1, 'at least one source')
  await using backup = await context.open()
  let versions = 0
  let failures = 0
  const runs = backup.watch({
    ...settings,
    sources: context.arguments,
    stop: interruption.stop,
    ...calls,
    onWatchIssue: ({ message }) => void reporter.notice(message)
  })
  for await (const run of runs) {
    if (run.result?.version !== undefined) versions += 1
    if (run.result === undefined) failures += 1
    await reporter.item('run', dataOf(run), textOf(run))
    await reporter.sayNow()
  }
  const lines = [`${formatCounted(versions, 'version')} made`]
  if (failures > 0) lines.push(`${formatCounted(failures, 'run')} failed and repeated`)
  return await reporter.finish('success', { versions, failures }, lines)
}

function dataOf({ result, error, coverage }: WatchedRun): object {
  if (result === undefined) return { coverage, error: explain(error) }
  return { coverage, result }
}

function textOf({ result, error, coverage }: WatchedRun): string {
  const now = formatTime(new Date())
  if (result === undefined) return `${now}  failed: ${explain(error).message}; tried again later`
  const { version, addedFiles, modifiedFiles, deletedFiles, storedBytes, issueCount } = result
  const issues = issueCount === 0 ? '' : `, ${formatCounted(issueCount, 'issue')}`
  if (version === undefined) return `${now}  nothing had changed (${coverage})${issues}`
  const changes = `${addedFiles} new, ${modifiedFiles} changed, ${deletedFiles} deleted`
  return `${now}  version: ${changes}, ${formatBytes(storedBytes)} stored (${coverage})${issues}`
}
