import type { RunResult, WatchedRun, Watching } from '@tercet/sdk'
import { formatBytes, formatCounted, formatTime, printable } from '@tercet/sdk/format'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { explain } from '../explain.ts'
import { replicationTroubleLines } from '../render/replication.ts'
import { issueLines, type Reporter } from '../reporter.ts'
import { whenVersionIsStored } from '../when-version-is-stored.ts'
import { verificationLines } from './backup.ts'

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
    onWatchIssue: ({ message }) => void reporter.notice(message),
    onWatching: (watching) => tellWatching(reporter, watching)
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

/** From now on a change is not missed. */
export function tellWatching(reporter: Reporter, watching: Watching): void {
  const { sources, method } = watching
  const how = method === 'hints' ? 'looking at everything each time' : `by ${method}`
  const text = `${formatTime(new Date())}  watching ${sources.join(', ')} (${how})`
  void reporter.item('watching', watching, printable(text)).then(() => reporter.sayNow())
}

export function watchedText({ result, error, coverage }: WatchedRun): string {
  const now = formatTime(new Date())
  if (result === undefined) return printable(`${now}  failed: ${explain(error).message}; tried again later`)
  return [`${now}  ${summaryOf(result, coverage)}`, ...troubleLines(result)].join('\n')
}

function summaryOf(
  { version, addedFiles, modifiedFiles, deletedFiles, storedBytes, deletion }: RunResult,
  coverage: WatchedRun['coverage']
): string {
  const old = deletion?.deleted.length ?? 0
  const gone = old === 0 ? '' : `; ${formatCounted(old, 'old version')} deleted`
  if (version === undefined) return `nothing had changed (${coverage})${gone}`
  const changes = `${addedFiles} new, ${modifiedFiles} changed, ${deletedFiles} deleted`
  const kind = version.isPartial ? 'partial version' : 'version'
  return `${kind}: ${changes}, ${formatBytes(storedBytes)} stored (${coverage})${gone}`
}

/** Nothing, if all is well. */
function troubleLines(result: RunResult): string[] {
  const { issues, issueCount, deletion, replication } = result
  return [
    ...issueLines(issues, issueCount),
    ...verificationLines(result),
    ...(deletion === undefined ? [] : issueLines(deletion.issues, deletion.issueCount)),
    ...replicationTroubleLines(replication)
  ]
}
