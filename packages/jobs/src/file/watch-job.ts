import type { BackupEvent, WatchedRun, WatchOptions } from '@tercet/sdk'
import { fillJob } from './fill-job.ts'
import { finishJob } from './finish-job.ts'
import type { Job, JobSettings } from './job.ts'
import { JobScripts } from './job-scripts.ts'
import { openJob, runOptionsOf } from './open-job.ts'
import type { JobResult, RunJobOptions } from './run-job.ts'

export interface WatchJobOptions extends RunJobOptions {
  /** Win over those of the job. */
  readonly settings?: JobSettings | undefined
  /** Told what a user should know about the watching. */
  readonly onWatchIssue?: WatchOptions['onWatchIssue']
  /** Told when all sources are watched. */
  readonly onWatching?: WatchOptions['onWatching']
}

/** How one run of a watched job has ended. */
export interface WatchedJobRun extends JobResult {
  readonly coverage: WatchedRun['coverage']
}

/**
 * Watches the sources of a job, and makes a version whenever they have changed, until `stop` is aborted. The scripts that
 * come before a backup are run once, when the watching begins; those that follow, retention, replicas and reports belong
 * to each run. A run that fails is told and tried again.
 *
 * @throws JobsError `SECRET_*`; ConfigurationError `CONFIG_*`; WatchError `WATCH_*`; the reason of `signal`
 */
export async function* watchJob(
  name: string,
  job: Job,
  options: WatchJobOptions = {}
): AsyncGenerator<WatchedJobRun, void, undefined> {
  const { signal, clock, environment, onEvent, onWatchIssue, onWatching, settings } = options
  const now = () => new Date(clock?.now() ?? Date.now())
  const { job: filled, secrets } = await fillJob(job, options.secrets, { signal })
  const scripts = new JobScripts(name, job, environment, { signal })
  if (!(await scripts.run('beforeRequired')) || !(await scripts.run('before'))) return
  let begunAt: Date | undefined
  const noticing = (event: BackupEvent) => {
    begunAt ??= now()
    onEvent?.(event)
  }
  await using backup = await openJob(filled, options)
  const afterVersion = async () => void (await scripts.run('postBackup'))
  const { changedSinceWatch: _, ...run } = runOptionsOf(
    filled,
    { ...options, onEvent: noticing },
    afterVersion
  )
  const runs = backup.watch({
    ...run,
    ...(job.watch as Partial<WatchOptions>),
    ...(settings as Partial<WatchOptions>),
    onWatchIssue,
    onWatching
  })
  for await (const { result, error, coverage } of runs) {
    const reports = filled.reports ?? options.reports
    const end = { result, error, beginTime: begunAt ?? now(), reports, secrets, clock }
    begunAt = undefined
    yield { ...(await finishJob(name, job, scripts, end)), coverage }
  }
}
