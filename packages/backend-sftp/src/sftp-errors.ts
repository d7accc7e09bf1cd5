import { explainedError, type FailedCall, type Meaning, networkError } from '@tercet/backend-kit'
import { StorageError } from '@tercet/interface'

/** The one table from the statuses of SFTP (draft-ietf-secsh-filexfer-02, section 7) to the codes of the contract. */
const STATUSES: Readonly<Record<number, Meaning>> = {
  2: ['STORAGE_NOT_FOUND', 'there is no such file or folder'],
  3: ['STORAGE_ACCESS_DENIED', 'permission denied; check owner and mode'],
  4: ['STORAGE_UNEXPECTED', 'the server failed without a reason'],
  5: ['STORAGE_INVALID_PATH', 'the name cannot exist there'],
  6: ['STORAGE_UNAVAILABLE', 'the server has no connection', 'may-help'],
  7: ['STORAGE_UNAVAILABLE', 'the server lost its connection', 'may-help'],
  8: ['STORAGE_UNSUPPORTED', 'the server does not do that']
}

/** What some servers say where the protocol has no status of its own. */
const MESSAGES: readonly (readonly [RegExp, ...Meaning])[] = [
  [/no space left|disk full/i, 'STORAGE_FULL', 'no space is left'],
  [/quota/i, 'STORAGE_FULL', 'a quota is used up'],
  [/name too long/i, 'STORAGE_INVALID_PATH', 'the name is too long for this server'],
  [/read-only file ?system/i, 'STORAGE_READ_ONLY', 'the file system is mounted read-only'],
  [/file exists|already exists/i, 'STORAGE_EXISTS', 'the name is taken']
]

/** What becomes of a connection, by the level that the client gives to an error. */
const LEVELS: Readonly<Record<string, Meaning>> = {
  'client-authentication': ['STORAGE_ACCESS_DENIED', 'user, password or key is wrong or missing'],
  'client-timeout': ['STORAGE_TIMEOUT', 'no answer in time', 'may-help'],
  'client-socket': ['STORAGE_UNAVAILABLE', 'the connection broke', 'may-help'],
  protocol: ['STORAGE_UNAVAILABLE', 'the server speaks no SSH, or broke off', 'may-help'],
  handshake: ['STORAGE_UNAVAILABLE', 'no common way to encrypt was found']
}

const KEY: Meaning = ['STORAGE_ACCESS_DENIED', 'the private key cannot be used: is its passphrase right?']

/** Why a server ends a connection (RFC 4253, section 11.1), where that says more than that it did. */
const REASONS: Readonly<Record<number, Meaning>> = {
  1: ['STORAGE_ACCESS_DENIED', 'this host may not connect'],
  12: ['STORAGE_UNAVAILABLE', 'the server has too many connections', 'may-help'],
  14: ['STORAGE_ACCESS_DENIED', 'user, password or key is wrong or missing'],
  15: ['STORAGE_ACCESS_DENIED', 'the server has no such user']
}
const DROPPED: Meaning = ['STORAGE_UNAVAILABLE', 'the server ended the connection', 'may-help']

const LOST: Meaning = ['STORAGE_UNAVAILABLE', 'the connection was lost', 'may-help']

/** A failed call, in the words of the contract. */
export function sftpError(error: unknown, failed: FailedCall): StorageError {
  const known = networkError(error, failed)
  if (known !== undefined) return known
  const { code: status, level, message = '' } = error as { code?: unknown; level?: unknown; message?: string }
  const context = { status: typeof status === 'number' ? status : undefined }
  return explainedError(meaningOf(status, level, message), failed, { cause: error, context })
}

/** A failed login, which no status of SFTP belongs to. */
export function loginError(error: unknown, failed: FailedCall): StorageError {
  const { code: reason, level } = error as { code?: unknown; level?: unknown }
  if (typeof reason !== 'number' || level !== undefined) return sftpError(error, failed)
  return explainedError(REASONS[reason] ?? DROPPED, failed, { cause: error, context: { reason } })
}

function meaningOf(status: unknown, level: unknown, message: string): Meaning {
  if (typeof level === 'string' && Object.hasOwn(LEVELS, level)) return LEVELS[level] as Meaning
  if (typeof status === 'number') {
    const said = MESSAGES.find(([pattern]) => pattern.test(message))
    if (said !== undefined) return [said[1], said[2]]
    return STATUSES[status] ?? (STATUSES[4] as Meaning)
  }
  if (
    /no response|not connected|connection lost|channel (closed|open)|ended unexpectedly|unable to start/i.test(
      message
    )
  )
    return LOST
  if (/private ?key|passphrase|decrypt/i.test(message)) return KEY
  return ['STORAGE_UNEXPECTED', message || 'unknown failure']
}

/** The status of SFTP that an error came from. */
export function statusOf(error: unknown): number | undefined {
  const status = error instanceof StorageError ? error.context['status'] : undefined
  return typeof status === 'number' ? status : undefined
}
