import type { StorageError } from '@tercet/interface'
import { explainedError, type FailedCall, type Meaning } from './explained-error.ts'

/** What an HTTP answer says, by whatever client it came. */
export interface HttpAnswer {
  readonly status: number
  header(name: string): string | null | undefined
}

const SLOW_DOWN: Meaning = ['STORAGE_RATE_LIMITED', 'the server asks to slow down', 'may-help']

/** What statuses mean where the protocol does not say otherwise. */
const TABLE: Readonly<Record<number, Meaning>> = {
  400: ['STORAGE_UNEXPECTED', 'the server does not understand the request'],
  401: ['STORAGE_ACCESS_DENIED', 'user or password is wrong or missing'],
  402: ['STORAGE_FULL', 'the account does not allow more'],
  403: ['STORAGE_ACCESS_DENIED', 'the server forbids it'],
  404: ['STORAGE_NOT_FOUND', 'nothing is there'],
  405: ['STORAGE_UNSUPPORTED', 'the server does not do that there'],
  407: ['STORAGE_ACCESS_DENIED', 'the proxy wants to know who asks'],
  408: ['STORAGE_TIMEOUT', 'the server waited too long for the request', 'may-help'],
  409: ['STORAGE_CONFLICT', 'it conflicts with what is there'],
  410: ['STORAGE_NOT_FOUND', 'nothing is there any more'],
  412: ['STORAGE_CONFLICT', 'a condition does not hold'],
  413: ['STORAGE_UNSUPPORTED', 'the server does not take so much at once'],
  414: ['STORAGE_INVALID_PATH', 'the name is too long for this server'],
  423: ['STORAGE_UNAVAILABLE', 'somebody has locked it', 'may-help'],
  429: SLOW_DOWN,
  500: ['STORAGE_UNAVAILABLE', 'the server failed', 'may-help'],
  501: ['STORAGE_UNSUPPORTED', 'the server does not do that'],
  502: ['STORAGE_UNAVAILABLE', 'a gateway did not get an answer', 'may-help'],
  503: ['STORAGE_UNAVAILABLE', 'the server is busy', 'may-help'],
  504: ['STORAGE_TIMEOUT', 'a gateway did not get an answer in time', 'may-help'],
  507: ['STORAGE_FULL', 'no space is left'],
  509: ['STORAGE_RATE_LIMITED', 'the bandwidth is used up', 'may-help']
}

const OTHERS: Meaning = ['STORAGE_UNEXPECTED', 'it was refused']

/** A status that is not one of success, in the words of the contract; the context tells `status` and `retryAfterMs`. */
export function httpError(answer: HttpAnswer, failed: FailedCall, cause?: unknown): StorageError {
  const { status } = answer
  const wait = retryAfterMs(answer.header('retry-after'))
  const context = { status, retryAfterMs: wait }
  if (status >= 300 && status < 400) {
    // It is not followed: that would carry what is stored, and who stores it, to another place.
    const location = withoutSecrets(answer.header('location') ?? '')
    const reason = `the server says that it is at ${location || 'another place'} (HTTP ${status}); use that URL if you trust it`
    return explainedError(['STORAGE_INVALID_URL', reason], failed, {
      cause,
      context: { ...context, location }
    })
  }
  const meaning = status === 503 && wait !== undefined ? SLOW_DOWN : (TABLE[status] ?? OTHERS)
  return explainedError(meaning, failed, { cause, suffix: ` (HTTP ${status})`, context })
}

function withoutSecrets(location: string): string {
  return location
    .replace(/\?.*$/s, '')
    .replace(/^([a-z][a-z0-9+.-]*:\/\/)[^/@]*@/i, '$1')
    .slice(0, 300)
}

/** How long a `Retry-After` header asks to wait (RFC 9110, section 10.2.3): seconds, or until a date. */
export function retryAfterMs(
  header: string | null | undefined,
  now: number = Date.now()
): number | undefined {
  if (header === null || header === undefined || header === '') return undefined
  if (/^\d+$/.test(header)) return Number(header) * 1000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - now)
}
