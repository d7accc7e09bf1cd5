import type { Clock, Issue } from '@tercet/interface'
import type { RunResult } from '@tercet/sdk'
import { redactUrl } from '../reports/redact.ts'
import { parsedResultOf, type Report } from '../reports/report.ts'
import { sendReports } from '../reports/send-reports.ts'
import type { Job } from './job.ts'
import type { JobScripts } from './job-scripts.ts'
import type { JobResult } from './run-job.ts'

/** What came of one run of a job. */
export interface JobEnd {
  readonly result: RunResult | undefined
  readonly error: unknown
  readonly beginTime: Date
  readonly reports: Job['reports']
  /** Never told. */
  readonly secrets: readonly string[]
  readonly clock: Clock | undefined
}

/** Runs the script that follows a run, and sends its reports. */
export async function finishJob(
  name: string,
  job: Job,
  scripts: JobScripts,
  end: JobEnd
): Promise<JobResult> {
  const { result, error, beginTime, secrets, clock } = end
  const issues = scripts.takeIssues()
  const outcome = outcomeOf(result, error, issues)
  await scripts.run('after', { parsedResult: parsedResultOf({ outcome }) })
  issues.push(...scripts.takeIssues())
  const report: Report = {
    operation: 'Backup',
    name,
    outcome,
    beginTime,
    endTime: new Date(clock?.now() ?? Date.now()),
    destination: redactUrl(job.destination),
    result,
    error: error === undefined ? undefined : describe(error),
    issues: [...issues, ...(result?.issues ?? [])],
    lines: []
  }
  issues.push(...(await sendReports(report, end.reports ?? {}, { secrets, clock })))
  return { outcome, result, error, issues }
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
