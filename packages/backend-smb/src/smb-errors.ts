import { explainedError, type FailedCall, type Meaning } from '@tercet/backend-kit'
import type { StorageError } from '@tercet/interface'

const NOTHING: Meaning = ['STORAGE_NOT_FOUND', 'there is no such file or folder']
const TAKEN: Meaning = ['STORAGE_EXISTS', 'the name is taken']
const LOGIN: Meaning = ['STORAGE_ACCESS_DENIED', 'user or password is wrong or missing']
const ACCOUNT: Meaning = ['STORAGE_ACCESS_DENIED', 'the account may not log in now; ask its administrator']
const DENIED: Meaning = ['STORAGE_ACCESS_DENIED', 'permission denied; check the rights on share and folder']
const NO_SHARE: Meaning = ['STORAGE_NOT_FOUND', 'the server has no such share']
const NO_NAME: Meaning = ['STORAGE_INVALID_PATH', 'the name cannot exist there']
const FULL: Meaning = ['STORAGE_FULL', 'no space is left']
const LOCKED: Meaning = ['STORAGE_UNAVAILABLE', 'somebody else has it open', 'may-help']
const LOST: Meaning = ['STORAGE_UNAVAILABLE', 'the connection was lost', 'may-help']
const GARBLED: Meaning = ['STORAGE_UNAVAILABLE', 'it does not speak SMB 2 or later, or broke off', 'may-help']
const NOBODY: Meaning = ['STORAGE_UNAVAILABLE', 'nothing answers at this host and port', 'may-help']
const LATE: Meaning = ['STORAGE_TIMEOUT', 'no answer in time', 'may-help']
const BUSY: Meaning = ['STORAGE_UNAVAILABLE', 'the server has no room for more', 'may-help']
const CANNOT: Meaning = ['STORAGE_UNSUPPORTED', 'the server does not do that']
const FORGED: Meaning = ['STORAGE_UNTRUSTED', 'the server cannot sign or encrypt as it was asked to']

/** The one table from the statuses of SMB ([MS-ERREF], section 2.3) to the codes of the contract. */
const TABLE: Readonly<Record<string, Meaning>> = {
  OBJECT_NAME_NOT_FOUND: NOTHING,
  OBJECT_PATH_NOT_FOUND: NOTHING,
  NO_SUCH_FILE: NOTHING,
  NOT_A_DIRECTORY: NOTHING,
  FILE_IS_A_DIRECTORY: NOTHING,
  DELETE_PENDING: NOTHING,
  OBJECT_NAME_COLLISION: TAKEN,
  LOGON_FAILURE: LOGIN,
  WRONG_PASSWORD: LOGIN,
  NO_SUCH_USER: LOGIN,
  ACCOUNT_DISABLED: ACCOUNT,
  ACCOUNT_EXPIRED: ACCOUNT,
  ACCOUNT_LOCKED_OUT: ACCOUNT,
  ACCOUNT_RESTRICTION: ACCOUNT,
  INVALID_LOGON_HOURS: ACCOUNT,
  INVALID_WORKSTATION: ACCOUNT,
  LOGON_TYPE_NOT_GRANTED: ACCOUNT,
  PASSWORD_EXPIRED: ACCOUNT,
  PASSWORD_MUST_CHANGE: ACCOUNT,
  ACCESS_DENIED: DENIED,
  CANNOT_DELETE: DENIED,
  NETWORK_ACCESS_DENIED: DENIED,
  PRIVILEGE_NOT_HELD: DENIED,
  MEDIA_WRITE_PROTECTED: ['STORAGE_READ_ONLY', 'the place cannot be written to'],
  BAD_NETWORK_NAME: NO_SHARE,
  BAD_DEVICE_TYPE: ['STORAGE_INVALID_URL', 'the share is none of files'],
  OBJECT_NAME_INVALID: NO_NAME,
  OBJECT_PATH_SYNTAX_BAD: NO_NAME,
  NAME_TOO_LONG: NO_NAME,
  DISK_FULL: FULL,
  QUOTA_EXCEEDED: ['STORAGE_FULL', 'a quota is used up'],
  DISK_QUOTA_EXCEEDED: ['STORAGE_FULL', 'a quota is used up'],
  FILE_TOO_LARGE: ['STORAGE_UNSUPPORTED', 'the server takes no file of this size'],
  SHARING_VIOLATION: LOCKED,
  FILE_LOCK_CONFLICT: LOCKED,
  CONNECTION_REFUSED: NOBODY,
  HOST_UNREACHABLE: NOBODY,
  HOST_DOWN: NOBODY,
  NETWORK_UNREACHABLE: NOBODY,
  PORT_UNREACHABLE: NOBODY,
  UNSUCCESSFUL: ['STORAGE_UNAVAILABLE', 'the server cannot be reached, or failed', 'may-help'],
  BAD_NETWORK_PATH: NOBODY,
  NOT_FOUND: ['STORAGE_UNAVAILABLE', 'there is no host of this name'],
  CONNECTION_DISCONNECTED: LOST,
  CONNECTION_RESET: LOST,
  CONNECTION_ABORTED: LOST,
  CONNECTION_INVALID: LOST,
  LOCAL_DISCONNECT: LOST,
  REMOTE_DISCONNECT: LOST,
  NETWORK_NAME_DELETED: LOST,
  USER_SESSION_DELETED: LOST,
  NETWORK_SESSION_EXPIRED: LOST,
  PIPE_BROKEN: LOST,
  END_OF_FILE: LOST,
  INVALID_NETWORK_RESPONSE: GARBLED,
  IO_TIMEOUT: LATE,
  INSUFFICIENT_RESOURCES: BUSY,
  INSUFF_SERVER_RESOURCES: BUSY,
  NETWORK_BUSY: BUSY,
  NO_MEMORY: BUSY,
  REQUEST_NOT_ACCEPTED: BUSY,
  TOO_MANY_SESSIONS: BUSY,
  TOO_MANY_OPENED_FILES: BUSY,
  INVALID_DEVICE_REQUEST: CANNOT,
  NOT_IMPLEMENTED: CANNOT,
  NOT_SUPPORTED: CANNOT,
  EAS_NOT_SUPPORTED: CANNOT
}

/** What smbclient says where no status says it. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [/^Encryption required|signing|encryption.*(failed|not)/im, FORGED],
  [
    /does not exist|Error opening local file|Error seeking local file/i,
    ['STORAGE_UNEXPECTED', 'a local file cannot be used']
  ]
]

/** Statuses that say that the connection, not what was asked for, is the trouble. */
const BROKEN: ReadonlySet<Meaning> = new Set([LOST, GARBLED, NOBODY, LATE, FORGED])

/** Where smbclient says that it failed: at the start of a line, or behind what it was doing. Names never stand there. */
const STATUS =
  /^(?:(?:getattrib:|parallel_read returned|cli_push returned|Error|session setup failed:|tree connect failed:|Protocol negotiation to server .*? failed:|do_connect: Connection to .*? failed \(Error) )?NT_STATUS_([A-Z0-9_]+)/m

/** The failure that smbclient has told; undefined when it has told none. */
export function toldError(told: string, failed: FailedCall): StorageError | undefined {
  const status = STATUS.exec(told)?.[1]
  const meaning =
    status === undefined
      ? TEXTS.find(([pattern]) => pattern.test(told))?.[1]
      : (TABLE[status] ?? (['STORAGE_UNEXPECTED', 'the server refused'] as const))
  if (meaning === undefined) return undefined
  const suffix = status === undefined ? '' : ` (NT_STATUS_${status})`
  const answered = BROKEN.has(meaning) || status === undefined ? undefined : true
  return explainedError(meaning, failed, { suffix, context: { status, answered } })
}

/** The failure of a program that has ended, with what it had told. */
export function endedError(told: string, failed: FailedCall): StorageError {
  return toldError(told, failed) ?? explainedError(LOST, failed)
}
