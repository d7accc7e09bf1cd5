import { readFile } from 'node:fs/promises'
import {
  environmentSecrets,
  type Job,
  JobsError,
  type JobsFile,
  openSecretProvider,
  parseJobsFile,
  type RunJobOptions
} from '@tercet/jobs'
import type { CommandContext } from '../command-context.ts'

/** Where jobs are, unless it is said. */
const USUAL_FILE = 'tercet.json'

export function jobsPath({ own }: CommandContext): string {
  return own.text('jobs') ?? USUAL_FILE
}

/** @throws JobsError `JOB_FILE_INVALID` */
export async function readJobs(context: CommandContext): Promise<JobsFile> {
  const path = jobsPath(context)
  try {
    return parseJobsFile(await readFile(path, 'utf8'), path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (error instanceof JobsError) throw error
    throw new JobsError('JOB_FILE_INVALID', `The file of jobs ${path} cannot be read (${code})`, {
      context: { path }
    })
  }
}

/** @throws JobsError `JOB_NOT_FOUND` */
export function jobOf({ jobs }: JobsFile, name: string): Job {
  if (Object.hasOwn(jobs, name)) return jobs[name] as Job
  const names = Object.keys(jobs).join(', ')
  throw new JobsError('JOB_NOT_FOUND', `There is no job "${name}"; there are: ${names}`, {
    context: { name }
  })
}

/** How the program runs a job. */
export function jobOptions(context: CommandContext, { secretProvider, reports }: JobsFile): RunJobOptions {
  const { backends, calls, interruption, io } = context
  const { environment } = io
  return {
    backends,
    reports,
    environment,
    secrets:
      secretProvider === undefined
        ? environmentSecrets(environment)
        : openSecretProvider(secretProvider, { environment }),
    stop: interruption.stop,
    ...calls
  }
}
