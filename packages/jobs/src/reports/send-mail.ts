import { type CallOptions, type Clock, revealSecret } from '@tercet/interface'
import type { Report } from './report.ts'
import type { MailReport } from './report-settings.ts'
import { fillTemplate } from './template.ts'
import { tryAgain } from './try-again.ts'

const TIMEOUT_MS = 30_000
const SUBJECT = 'Tercet %OPERATIONNAME% report for %backup-name%: %PARSEDRESULT%'

/** How a server is reached. */
interface Server {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly requireTLS: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
}

/**
 * Sends a report by the first of the servers that takes it.
 *
 * @returns what went wrong with each server, when none has taken it; nothing secret is in it
 */
export async function sendMail(
  report: Report,
  settings: MailReport,
  options: CallOptions & { readonly clock?: Clock | undefined } = {}
): Promise<string[]> {
  const { createTransport } = await import('nodemailer')
  const { to, from = 'no-reply', timeoutMs = TIMEOUT_MS, retries, retryDelayMs } = settings
  const mail = {
    to: [...to],
    from: from.includes('@') ? from : `${from}@localhost`,
    subject: oneLine(await fillTemplate(settings.subject ?? SUBJECT, report, settings)),
    text: await fillTemplate(settings.body ?? '%RESULT%', report, settings),
    // Neither files nor addresses of others get into a mail.
    disableFileAccess: true,
    disableUrlAccess: true
  }
  const failures: string[] = []
  for (const url of settings.urls) {
    const server = serverOf(url, settings)
    if (server === undefined) {
      failures.push('a server is written smtp://, smtps:// or tls://host:port')
      continue
    }
    const transport = createTransport({
      ...server,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs
    })
    const stop = (): void => transport.close()
    options.signal?.addEventListener('abort', stop, { once: true })
    try {
      await tryAgain(() => transport.sendMail(mail), isFinal, { ...options, retries, retryDelayMs })
      return []
    } catch (error) {
      options.signal?.throwIfAborted()
      failures.push(`${server.host}: ${reasonOf(error)}`)
    } finally {
      options.signal?.removeEventListener('abort', stop)
      transport.close()
    }
  }
  return failures
}

function serverOf(url: string, { username, password }: MailReport): Server | undefined {
  let parsed: URL
  try {
    parsed = new URL(url.includes('://') ? url : `smtp://${url}`)
  } catch {
    return undefined
  }
  const kind = parsed.protocol.slice(0, -1)
  if (!['smtp', 'smtps', 'tls'].includes(kind) || parsed.hostname === '') return undefined
  const user = username ?? decodeURIComponent(parsed.username)
  const pass = password === undefined ? decodeURIComponent(parsed.password) : revealSecret(password)
  const usual = { smtp: 25, smtps: 465, tls: 587 }[kind] as number
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? usual : Number(parsed.port),
    secure: kind === 'smtps',
    requireTLS: kind === 'tls',
    auth: user === '' ? undefined : { user, pass }
  }
}

/** Answers of the server from 500 on, and what is wrong with the account, are for good. */
function isFinal(error: unknown): boolean {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  return code === 'EAUTH' || code === 'EENVELOPE' || (responseCode ?? 0) >= 500
}

/** Not the message: the server may quote what it was sent. */
function reasonOf(error: unknown): string {
  const { responseCode, code } = error as { responseCode?: number; code?: string }
  return [code ?? 'failed', ...(responseCode === undefined ? [] : [responseCode])].join(' ')
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').slice(0, 300)
}
