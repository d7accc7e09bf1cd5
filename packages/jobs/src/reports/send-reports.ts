import { assertKnownKeys, type CallOptions, type Clock, type Issue } from '@tercet/interface'
import { redactReport } from './redact.ts'
import { parsedResultOf, type Report } from './report.ts'
import type { ReportRules, ReportSettings } from './report-settings.ts'

export interface SendReportsOptions extends CallOptions {
  /** Texts that must be in no report. */
  readonly secrets?: readonly string[] | undefined
  readonly clock?: Clock | undefined
}

/**
 * Tells of an operation that has ended, wherever that is wanted. A report that cannot be sent changes nothing of the
 * operation: it is told as an issue.
 *
 * @throws the reason of `signal`
 */
export async function sendReports(
  report: Report,
  settings: ReportSettings,
  options: SendReportsOptions = {}
): Promise<readonly Issue[]> {
  assertKnownKeys(settings, ['http', 'mail'], 'reports')
  const { http, mail } = settings
  const { secrets, ...calls } = options
  const failures: string[] = []
  const written = (rules: ReportRules): Report =>
    redactReport(report, { allowPaths: rules.allowPaths, secrets })
  if (http !== undefined && isWanted(report, http)) {
    const { sendHttp } = await import('./send-http.ts')
    failures.push(...(await attempt(() => sendHttp(written(http), http, calls), options)))
  }
  if (mail !== undefined && isWanted(report, mail)) {
    const { sendMail } = await import('./send-mail.ts')
    failures.push(...(await attempt(() => sendMail(written(mail), mail, calls), options)))
  }
  return failures.map((reason) => ({
    code: 'REPORT_NOT_SENT',
    severity: 'warning',
    message: `A report could not be sent: ${reason}`
  }))
}

async function attempt(send: () => Promise<string[]>, { signal }: CallOptions): Promise<string[]> {
  try {
    return await send()
  } catch (error) {
    signal?.throwIfAborted()
    return [error instanceof Error ? error.message : 'unknown reason']
  }
}

function isWanted(report: Report, { levels, anyOperation = false }: ReportRules): boolean {
  if (!anyOperation && report.operation !== 'Backup') return false
  return levels === undefined || levels.includes(parsedResultOf(report))
}
