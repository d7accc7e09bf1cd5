import { explainedError, type FailedCall, type Meaning, networkError } from '@tercet/backend-kit'
import { StorageError } from '@tercet/interface'

/** What servers say with the reply that means all and nothing: 550, and its neighbours. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [
    /no such (file|directory)|not found|does ?n.t exist|cannot find/i,
    ['STORAGE_NOT_FOUND', 'there is no such file or folder']
  ],
  [/no space|disk full|insufficient (disk|storage)/i, ['STORAGE_FULL', 'no space is left']],
  [/\b(TLS|SSL)\b.*required/i, ['STORAGE_ACCESS_DENIED', 'the server wants TLS']],
  [/quota/i, ['STORAGE_FULL', 'a quota is used up']],
  [/name too long/i, ['STORAGE_INVALID_PATH', 'the name is too long for this server']],
  [/read-only file ?system/i, ['STORAGE_READ_ONLY', 'the file system is mounted read-only']],
  [
    /permission|denied|not permitted|not allowed/i,
    ['STORAGE_ACCESS_DENIED', 'permission denied; check owner and mode']
  ],
  [/exists/i, ['STORAGE_EXISTS', 'the name is taken']]
]

/** The one table from replies (RFC 959, section 4.2; RFC 4217) to the codes of the contract. */
const REPLIES: Readonly<Record<number, Meaning>> = {
  421: ['STORAGE_UNAVAILABLE', 'the server closes the connection, or has too many', 'may-help'],
  425: ['STORAGE_UNAVAILABLE', 'no connection for data could be opened', 'may-help'],
  426: ['STORAGE_UNAVAILABLE', 'the connection for data broke', 'may-help'],
  430: ['STORAGE_ACCESS_DENIED', 'user or password is wrong'],
  450: ['STORAGE_UNAVAILABLE', 'the file is in use', 'may-help'],
  451: ['STORAGE_UNAVAILABLE', 'the server failed', 'may-help'],
  452: ['STORAGE_FULL', 'no space is left'],
  500: ['STORAGE_UNSUPPORTED', 'the server does not do that'],
  501: ['STORAGE_INVALID_PATH', 'the server does not take this name'],
  502: ['STORAGE_UNSUPPORTED', 'the server does not do that'],
  504: ['STORAGE_UNSUPPORTED', 'the server does not do that'],
  522: ['STORAGE_UNTRUSTED', 'the server wants data to continue the TLS session, and it does not'],
  530: ['STORAGE_ACCESS_DENIED', 'user or password is wrong, or the server wants TLS'],
  532: ['STORAGE_ACCESS_DENIED', 'an account is needed'],
  534: ['STORAGE_UNSUPPORTED', 'the server does not do TLS like this'],
  533: ['STORAGE_ACCESS_DENIED', 'the server wants TLS'],
  550: ['STORAGE_UNEXPECTED', 'the server refuses without a reason'],
  551: ['STORAGE_UNEXPECTED', 'the server refuses without a reason'],
  552: ['STORAGE_FULL', 'no space is left, or a quota is used up'],
  553: ['STORAGE_ACCESS_DENIED', 'the server does not allow this name']
}

/** Said with the reply for a wrong password, by servers that let nobody in for now. */
const CROWDED = /(maximum|too many).*(clients|users|connections|connected)/i
const BUSY: Meaning = ['STORAGE_UNAVAILABLE', 'the server has too many connections', 'may-help']
const LOST: Meaning = ['STORAGE_UNAVAILABLE', 'the connection was lost', 'may-help']
const LATE: Meaning = ['STORAGE_TIMEOUT', 'no answer in time', 'may-help']

/** A failed call, in the words of the contract. What the server said is in the cause. */
export function ftpError(error: unknown, failed: FailedCall): StorageError {
  const known = networkError(error, failed)
  if (known !== undefined) return known
  const reply = replyOf(error)
  const meaning = meaningOf(reply, error instanceof Error ? error.message : '')
  const suffix = reply === undefined ? '' : ` (${reply})`
  return explainedError(meaning, failed, { cause: error, suffix, context: { reply } })
}

function meaningOf(reply: number | undefined, message: string): Meaning {
  if (reply === 530 && CROWDED.test(message)) return BUSY
  if (reply !== undefined) {
    const said =
      reply >= 550 || reply === 450 || reply === 451
        ? TEXTS.find(([pattern]) => pattern.test(message))
        : undefined
    return said?.[1] ?? REPLIES[reply] ?? ['STORAGE_UNEXPECTED', 'the server refuses']
  }
  if (/timeout/i.test(message)) return LATE
  if (/closed|FIN packet|transmission|data (connection|socket)|premature/i.test(message)) return LOST
  return ['STORAGE_UNEXPECTED', message || 'unknown failure']
}

/** The reply of the server that an error came from. */
export function replyOf(error: unknown): number | undefined {
  const reply =
    error instanceof StorageError ? error.context['reply'] : (error as { code?: unknown } | undefined)?.code
  return typeof reply === 'number' ? reply : undefined
}
