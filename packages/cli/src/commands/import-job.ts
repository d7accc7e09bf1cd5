import { existsSync } from 'node:fs'
import { readFile, rename, writeFile } from 'node:fs/promises'
import {
  importDuplicatiJob,
  isDuplicatiExport,
  type Job,
  JobsError,
  type JobsFile,
  parseJobsFile
} from '@tercet/jobs'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { jobsPath, readJobs } from './jobs-file.ts'
import { needArguments } from './needs.ts'

/** Adds jobs to a file, which is made where it is missing; it is replaced at once, and kept from the eyes of others. */
export async function runImportJob(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'the file of an exported job')
  const { own, reporter } = context
  const [from = '', as] = context.arguments
  const { jobs, notes } = await readExport(from, as)
  const path = jobsPath(context)
  const file: JobsFile = existsSync(path) ? await readJobs(context) : { jobs: {} }
  for (const name of Object.keys(jobs)) {
    if (!Object.hasOwn(file.jobs, name) || own.flag('overwrite')) continue
    throw new JobsError(
      'JOB_FILE_INVALID',
      `${path} has a job "${name}" already; give another name, or --overwrite`,
      {
        context: { path, name }
      }
    )
  }
  const merged = { ...file, jobs: { ...file.jobs, ...jobs } }
  await writeFile(`${path}.new`, `${JSON.stringify(merged, null, 2)}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  const names = Object.keys(jobs)
  return await reporter.finish(notes.length === 0 ? 'success' : 'warning', { path, names, notes }, [
    ...notes.map((note) => `  ${note}`),
    `Imported  ${names.join(', ')} into ${path}`
  ])
}

async function readExport(
  path: string,
  as: string | undefined
): Promise<{ readonly jobs: Record<string, Job>; readonly notes: readonly string[] }> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new JobsError('JOB_FILE_INVALID', `${path} cannot be read (${error.code})`, { context: { path } })
  })
  if (isDuplicatiExport(text)) {
    const { name, job, notes } = importDuplicatiJob(text, Intl.DateTimeFormat().resolvedOptions().timeZone)
    return { jobs: { [as ?? name]: job }, notes }
  }
  const { jobs } = parseJobsFile(text, path)
  const [only] = Object.values(jobs)
  return { jobs: as === undefined || only === undefined ? { ...jobs } : { [as]: only }, notes: [] }
}
