import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import {
  createSchedule,
  machineState,
  nextDates,
  redactUrl,
  runJob,
  runSchedule,
  type ScheduledJob,
  type ScheduleHistory
} from '@tercet/jobs'
import { formatTime } from '@tercet/sdk/format'
import { ConfigurationError } from '@tercet/sdk/settings'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { jobOptions, jobsPath, readJobs } from './jobs-file.ts'
import { jobData, jobLines } from './run-jobs.ts'

/** Runs jobs when they are due; the first signal stops it in good order. */
export async function runScheduleCommand(context: CommandContext): Promise<ExitCode> {
  const { interruption, own, reporter } = context
  const file = await readJobs(context)
  const jobs: ScheduledJob[] = []
  for (const [name, job] of Object.entries(file.jobs)) {
    if (job.schedule === undefined) continue
    jobs.push({
      name,
      destination: redactUrl(job.destination),
      schedule: createSchedule(job.schedule),
      async run() {
        const result = await runJob(name, job, jobOptions(context, file))
        await reporter.item('job', jobData(name, result), jobLines(name, result).join('\n'))
        await reporter.sayNow()
      }
    })
  }
  if (jobs.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', `No job of ${jobsPath(context)} has a schedule`)
  const dates = nextDates(jobs, new Date())
  for (const { name, at } of dates)
    await reporter.item('next', { name, at }, `Next      ${formatTime(at)}  ${name}`)
  if (own.flag('next')) return await reporter.finish('success', { jobs: jobs.length }, [])
  await reporter.sayNow()
  await runSchedule(jobs, {
    history: fileHistory(`${resolve(jobsPath(context))}.history`),
    machine: machineState(),
    signal: interruption.stop,
    onEvent: (event) => {
      const waiting = event.type === 'job-waiting' ? `, waits for ${event.for}` : ''
      void reporter.notice(`${formatTime(new Date())} ${event.type} ${event.name}${waiting}`)
    }
  })
  return await reporter.finish('stopped', { jobs: jobs.length }, ['Stopped'])
}

/** When each job was begun, in a file beside that of the jobs, so that a date that was missed while it was off is known. */
function fileHistory(path: string): ScheduleHistory {
  const times = readTimes(path)
  return {
    get: (name) => times.get(name),
    set(name, begunAt) {
      times.set(name, begunAt)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(`${path}.new`, `${JSON.stringify(Object.fromEntries(times))}\n`)
      renameSync(`${path}.new`, path)
    }
  }
}

function readTimes(path: string): Map<string, number> {
  try {
    const entries = Object.entries(JSON.parse(readFileSync(path, 'utf8')) as object)
    return new Map(entries.filter((entry): entry is [string, number] => Number.isFinite(entry[1])))
  } catch {
    return new Map()
  }
}
