import { type WatchedJobRun, watchJob } from '@tercet/jobs'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { issueLines } from '../reporter.ts'
import { jobOf, jobOptions, readJobs } from './jobs-file.ts'
import { jobData } from './run-jobs.ts'
import { finishWatch, tellWatching, watchedText } from './watch.ts'

/** Watches a job of a file; options of the command line win over what stands there. */
export async function runWatchJob(context: CommandContext, name: string): Promise<ExitCode> {
  const { reporter, settings } = context
  const file = await readJobs(context)
  const runs = watchJob(name, jobOf(file, name), {
    ...jobOptions(context, file),
    settings,
    onWatchIssue: ({ message }) => void reporter.notice(message),
    onWatching: (watching) => tellWatching(reporter, watching)
  })
  return await finishWatch(context, runs, (run: WatchedJobRun) => [
    { ...jobData(name, run), coverage: run.coverage },
    [watchedText(run), ...issueLines(run.issues, run.issues.length)].join('\n')
  ])
}
