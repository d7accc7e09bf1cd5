import { exportJob } from '@tercet/jobs'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { jobOf, readJobs } from './jobs-file.ts'
import { needArguments } from './needs.ts'

/** Prints one job as a file of jobs, so that it can be used as it is. */
export async function runExportJob(context: CommandContext): Promise<ExitCode> {
  needArguments(context, 1, 'a job')
  const { own, reporter } = context
  const file = await readJobs(context)
  const [name = ''] = context.arguments
  const withSecrets = own.flag('with-secrets')
  const exported = { jobs: { [name]: exportJob(name, jobOf(file, name), { withSecrets }) } }
  return await reporter.finish('success', exported, [JSON.stringify(exported, null, 2)])
}
