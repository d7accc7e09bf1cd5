import type { CallOptions, Clock, Issue } from '@tercet/interface'
import {
  type BackendScheme,
  type BackupEventListener,
  type OpenBackupOptions,
  openBackup,
  type RunOptions,
  type RunResult
} from '@tercet/sdk'
import { redactUrl } from '../reports/redact.ts'
import { parsedResultOf, type Report } from '../reports/report.ts'
import { sendReports } from '../reports/send-reports.ts'
import type { ScriptFacts } from '../scripts/script-environment.ts'
import { runScript } from '../scripts/script-hooks.ts'
import type { SecretProvider } from '../secrets/secret-provider.ts'
import { fillJob } from './fill-job.ts'
import type { Job } from './job.ts'

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
  const begunAt = new Date(clock?.now() ?? Date.now())
  const issues: Issue[] = []
  let secrets: readonly string[] = []
  let filled = job
  let result: RunResult | undefined
  let error: unknown
  const facts: Omit<ScriptFacts, 'event'> = {
    operation: 'Backup',
    remoteUrl: redactUrl(job.destination),
    localPath: job.sources.join(':'),
    backupName: name
  }
  const script = async (
    kind: 'beforeRequired' | 'before' | 'postBackup' | 'after',
    more: Partial<ScriptFacts> = {}
  ) => {
    const event = kind === 'postBackup' ? 'POST-BACKUP' : kind === 'after' ? 'AFTER' : 'BEFORE'
    const hooks = { ...filled.scripts, environment: options.environment }
    const calls = kind === 'after' ? {} : { signal }
    const outcome = await runScript(hooks, kind, { ...facts, event, ...more }, calls)
    issues.push(...outcome.issues)
    return outcome.goesOn
  }
  try {
    const found = await fillJob(job, options.secrets, { signal })
    filled = found.job
    secrets = found.secrets
    if ((await script('beforeRequired')) && (await script('before')))
      result = await backUp(filled, options, async () => {
        await script('postBackup')
      })
  } catch (thrown) {
    error = thrown
  }
  const outcome = outcomeOf(result, error, issues)
  await script('after', { parsedResult: parsedResultOf({ outcome }) })
  const report: Report = {
    operation: 'Backup',
    name,
    outcome,
    beginTime: begunAt,
    endTime: new Date(clock?.now() ?? Date.now()),
    destination: redactUrl(job.destination),
    result,
    error: error === undefined ? undefined : describe(error),
    issues: [...issues, ...(result?.issues ?? [])],
    lines: []
  }
  issues.push(...(await sendReports(report, filled.reports ?? options.reports ?? {}, { secrets, clock })))
  signal?.throwIfAborted()
  return { outcome, result, error, issues }
}

async function backUp(
  job: Job,
  options: RunJobOptions,
  afterVersion: () => Promise<void>
): Promise<RunResult> {
  const { signal, onEvent, stop, clock } = options
  const { username, password } = job
  await using backup = await openBackup({
    ...(job.open as Partial<OpenBackupOptions>),
    destination: job.destination,
    backends: options.backends,
    backendOptions: job.destinationOptions,
    credentials: username === undefined && password === undefined ? undefined : { username, password },
    passphrase: job.passphrase,
    syncConfiguration: job.replicas,
    signal,
    onEvent,
    clock,
    ...options.open
  })
  return await backup.run({
    ...(job.backup as Partial<RunOptions>),
    ...(job.retention as Partial<RunOptions>),
    sources: job.sources,
    stop,
    signal,
    onEvent,
    onVolumeStored: async ({ type }) => {
      if (type === 'dlist') await afterVersion()
    }
  })
}

function outcomeOf(
  result: RunResult | undefined,
  error: unknown,
  issues: readonly Issue[]
): Report['outcome'] {
  if (error !== undefined) return 'failed'
  const came = result?.outcome ?? 'success'
  if (came === 'error' || came === 'stopped') return came
  if (issues.some(({ severity }) => severity === 'error')) return 'error'
  return issues.length > 0 ? 'warning' : came
}

function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: 'unknown reason' }
  const { code } = error as { code?: unknown }
  return { code: typeof code === 'string' ? code : 'UNEXPECTED', message: error.message }
}
