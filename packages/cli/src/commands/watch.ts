import type { WatchedRun } from '@tercet/sdk'
import { formatBytes, formatCounted, formatTime } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { explain } from '../explain.ts'
import { whenVersionIsStored } from '../when-version-is-stored.ts'

/** Until it is stopped. Each version is told when it is made; the first signal ends in good order. */
export async function runWatch(context: CommandContext): Promise<ExitCode> {
  const { afterVersion, calls, interruption, reporter, settings, url } = context
  // A destination without sources is the name of a job.
  if (context.arguments.length === 0) return await (await import('./watch-job.ts')).runWatchJob(context, url!)
  await using backup = await context.open()
  const runs = backup.watch({
    ...settings,
    sources: context.arguments,
    stop: interruption.stop,
    ...whenVersionIsStored(afterVersion),
    ...calls,
    onWatchIssue: ({ message }) => void reporter.notice(message)
  })
  return await finishWatch(context, runs, (run) => [dataOf(run), watchedText(run)])
}

/** Tells of each run, and how many they were. */
export async function finishWatch<Run extends WatchedRun>(
  { reporter }: CommandContext,
  runs: AsyncIterable<Run>,
  tell: (run: Run) => readonly [data: object, text: string]
): Promise<ExitCode> {
  let versions = 0
  let failures = 0
  for await (const run of runs) {
    if (run.result?.version !== undefined) versions += 1
    if (run.result === undefined) failures += 1
    await reporter.item('run', ...tell(run))
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

export function watchedText({ result, error, coverage }: WatchedRun): string {
  const now = formatTime(new Date())
  if (result === undefined) return `${now}  failed: ${explain(error).message}; tried again later`
  const { version, addedFiles, modifiedFiles, deletedFiles, storedBytes, issueCount } = result
  const issues = issueCount === 0 ? '' : `, ${formatCounted(issueCount, 'issue')}`
  if (version === undefined) return `${now}  nothing had changed (${coverage})${issues}`
  const changes = `${addedFiles} new, ${modifiedFiles} changed, ${deletedFiles} deleted`
  return `${now}  version: ${changes}, ${formatBytes(storedBytes)} stored (${coverage})${issues}`
}
