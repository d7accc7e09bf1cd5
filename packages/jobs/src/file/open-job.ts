import { type Backup, type OpenBackupOptions, openBackup, type RunOptions } from '@tercet/sdk'
import type { Job } from './job.ts'
import type { RunJobOptions } from './run-job.ts'

/** Opens the backup of a job whose secrets are filled in. */
export async function openJob(job: Job, options: RunJobOptions): Promise<Backup> {
  const { signal, onEvent, clock } = options
  const { username, password } = job
  return await openBackup({
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
}

/** What a job backs up, and what it does with each version. */
export function runOptionsOf(
  job: Job,
  { signal, onEvent, stop }: RunJobOptions,
  afterVersion: () => Promise<void>
): RunOptions {
  return {
    ...(job.backup as Partial<RunOptions>),
    ...(job.retention as Partial<RunOptions>),
    sources: job.sources,
    stop,
    signal,
    onEvent,
    onVolumeStored: async ({ type }) => {
      if (type === 'dlist') await afterVersion()
    }
  }
}
