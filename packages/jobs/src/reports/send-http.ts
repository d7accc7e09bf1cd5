import type { CallOptions, Clock } from '@tercet/interface'
import { redactUrl } from './redact.ts'
import type { Report } from './report.ts'
import type { HttpReport } from './report-settings.ts'
import { fillTemplate, reportJson } from './template.ts'
import { tryAgain } from './try-again.ts'

const TIMEOUT_MS = 30_000

/** An answer that no further attempt changes. */
class Refusal extends Error {}

/**
 * Sends a report to each of the addresses.
 *
 * @returns what went wrong, one line for each address; nothing secret is in it
 */
export async function sendHttp(
  report: Report,
  settings: HttpReport,
  options: CallOptions & { readonly clock?: Clock | undefined } = {}
): Promise<string[]> {
  const {
    jsonUrls = [],
    formUrls = [],
    message = '%RESULT%',
    messageParameterName = 'message',
    extra = {}
  } = settings
  const failures: string[] = []
  const send = async (url: string, type: string, body: string): Promise<void> => {
    try {
      await tryAgain(
        () => post(url, type, body, settings, options.signal),
        (error) => error instanceof Refusal,
        {
          ...options,
          retries: settings.retries,
          retryDelayMs: settings.retryDelayMs
        }
      )
    } catch (error) {
      options.signal?.throwIfAborted()
      failures.push(`${shown(url)}: ${reasonOf(error)}`)
    }
  }
  for (const url of jsonUrls)
    await send(url, 'application/json; charset=utf-8', reportJson(report, settings, extra))
  if (formUrls.length === 0) return failures
  const text = await fillTemplate(message, report, settings)
  const form = new URLSearchParams({ ...extra, [messageParameterName]: text }).toString()
  for (const url of formUrls) await send(url, 'application/x-www-form-urlencoded', form)
  return failures
}

async function post(
  url: string,
  type: string,
  body: string,
  { verb = 'POST', timeoutMs = TIMEOUT_MS }: HttpReport,
  signal: AbortSignal | undefined
): Promise<void> {
  const limit = AbortSignal.timeout(timeoutMs)
  const response = await fetch(url, {
    method: verb,
    headers: { 'content-type': type },
    body,
    // A redirect could lead the report to somebody else.
    redirect: 'manual',
    signal: signal === undefined ? limit : AbortSignal.any([signal, limit])
  })
  await response.body?.cancel()
  if (response.ok) return
  const { status } = response
  const mayPass = status === 408 || status === 425 || status === 429 || status >= 500
  throw mayPass ? new Error(`answered ${status}`) : new Refusal(`answered ${status}`)
}

/** The path of a webhook is its secret. */
function shown(url: string): string {
  try {
    return new URL(url).origin
  } catch {
    return redactUrl(url).slice(0, 20)
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown reason'
  if (error.name === 'TimeoutError') return 'no answer in time'
  const cause = error.cause as NodeJS.ErrnoException | undefined
  return cause?.code ?? (error instanceof TypeError ? 'cannot be reached' : error.message)
}
