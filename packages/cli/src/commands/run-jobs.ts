import { type JobResult, runJob } from '@tercet/jobs'
import { type Issue, type Outcome, outcomeOf } from '@tercet/sdk'
import type { CommandContext } from '../command-context.ts'
import type { ExitCode } from '../exit-code.ts'
import { explain } from '../explain.ts'
import { issueLines } from '../reporter.ts'
import { jobOf, jobOptions, readJobs } from './jobs-file.ts'

/** Runs jobs one after the other; one that fails does not keep the others from being run. */
export async function runJobs(context: CommandContext): Promise<ExitCode> {
  const { interruption, reporter } = context
  const file = await readJobs(context)
  const names = context.arguments.length > 0 ? context.arguments : Object.keys(file.jobs)
  const jobs = names.map((name) => [name, jobOf(file, name)] as const)
  const outcomes: JobResult['outcome'][] = []
  for (const [name, job] of jobs) {
    if (interruption.stop.aborted) break
    const result = await runJob(name, job, jobOptions(context, file))
    outcomes.push(result.outcome)
    await reporter.item('job', jobData(name, result), jobLines(name, result).join('\n'))
  }
  const count = jobs.length
  const done = outcomes.filter((outcome) => outcome === 'success' || outcome === 'warning').length
  const outcome = outcomes.length < count ? 'stopped' : worstOf(outcomes)
  return await reporter.finish(outcome, { jobs: count, done }, [`Done      ${done} of ${count} jobs`])
}

export function jobData(name: string, { outcome, result, error, issues }: JobResult): object {
  const failure = error === undefined ? undefined : explain(error)
  return {
    name,
    outcome,
    result,
    issues,
    ...(failure && { error: { code: failure.code, message: failure.message } })
  }
}

export function jobLines(name: string, { outcome, result, error, issues }: JobResult): string[] {
  const all: readonly Issue[] = [...issues, ...(result?.issues ?? [])]
  const failure = error === undefined ? undefined : explain(error)
  return [
    `${outcome.padEnd(9)} ${name}`,
    ...(failure === undefined ? [] : [`  ${failure.message} [${failure.code}]`]),
    ...issueLines(all, all.length)
  ]
}

function worstOf(outcomes: readonly JobResult['outcome'][]): Outcome {
  if (outcomes.includes('stopped')) return 'stopped'
  return outcomeOf(
    outcomes.flatMap((outcome): Issue[] =>
      outcome === 'success'
        ? []
        : [{ code: 'JOB', severity: outcome === 'warning' ? 'warning' : 'error', message: outcome }]
    )
  )
}
