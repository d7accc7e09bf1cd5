import type { CallOptions, Clock, Issue } from '@tercet/interface'
import type { BackendScheme, BackupEventListener, OpenBackupOptions, RunResult } from '@tercet/sdk'
import type { Report } from '../reports/report.ts'
import type { SecretProvider } from '../secrets/secret-provider.ts'
import { fillJob } from './fill-job.ts'
import { finishJob } from './finish-job.ts'
import type { Job } from './job.ts'
import { JobScripts } from './job-scripts.ts'
import { openJob, runOptionsOf } from './open-job.ts'

export interface RunJobOptions extends CallOptions {
  /** What URLs are understood. */
  readonly backends?: readonly BackendScheme[] | undefined
  /** Where names of secrets are looked up. */
  readonly secrets?: SecretProvider | undefined
  /** Reports of jobs that have none of their own. */
  readonly reports?: Job['reports']
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
  readonly onEvent?: BackupEventListener | undefined
  /** A first request to end: the backup stops in good order. */
  readonly stop?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  /** More for `openBackup`, such as the number of threads. */
  readonly open?: Partial<OpenBackupOptions> | undefined
}

/** How a job has ended. */
export interface JobResult {
  readonly outcome: Report['outcome']
  /** Undefined: it failed, or a script said that nothing is to be done. */
  readonly result: RunResult | undefined
  readonly error: unknown
  /** Of scripts and reports. */
  readonly issues: readonly Issue[]
}

/**
 * Runs one job with its scripts, and sends its reports. What goes wrong is in the result, not thrown; only an abort is.
 *
 * @throws the reason of `signal`
 */
export async function runJob(name: string, job: Job, options: RunJobOptions = {}): Promise<JobResult> {
  const { signal, clock } = options
  const beginTime = new Date(clock?.now() ?? Date.now())
  let secrets: readonly string[] = []
  let filled = job
  let result: RunResult | undefined
  let error: unknown
  const scripts = new JobScripts(name, job, options.environment, { signal })
  try {
    const found = await fillJob(job, options.secrets, { signal })
    filled = found.job
    secrets = found.secrets
    if ((await scripts.run('beforeRequired')) && (await scripts.run('before'))) {
      await using backup = await openJob(filled, options)
      const afterVersion = async () => void (await scripts.run('postBackup'))
      result = await backup.run(runOptionsOf(filled, options, afterVersion))
    }
  } catch (thrown) {
    error = thrown
  }
  const reports = filled.reports ?? options.reports
  const end = { result, error, beginTime, reports, secrets, clock }
  const finished = await finishJob(name, job, scripts, end)
  signal?.throwIfAborted()
  return finished
}
