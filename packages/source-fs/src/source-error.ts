import { type Issue, TercetError } from '@tercet/interface'

/**
 * What ends an operation on local files.
 *
 * - `FILTER_INVALID` a filter that cannot be understood, or a regular expression outside the supported subset
 * - `SOURCE_MISSING` a source does not exist, and the options say to stop then
 * - `SOURCE_NONE` no source is left: none was given, or none exists
 * - `SOURCE_FOLDER_EMPTY` a source folder is empty, and the options say to stop then
 * - `RESTORE_PATH_INVALID` a stored path cannot exist on this system or would leave the target folder
 * - `RESTORE_PATH_UNSAFE` a link stands where the path needs a folder
 * - `RESTORE_TARGET_UNUSABLE` the folder to restore to cannot be made or entered, or its file system fails
 * - `RESTORE_CONFLICT` something that is not to be replaced is in the way
 */
export type SourceErrorCode =
  | 'FILTER_INVALID'
  | 'SOURCE_MISSING'
  | 'SOURCE_NONE'
  | 'SOURCE_FOLDER_EMPTY'
  | 'RESTORE_PATH_INVALID'
  | 'RESTORE_PATH_UNSAFE'
  | 'RESTORE_TARGET_UNUSABLE'
  | 'RESTORE_CONFLICT'

export class SourceError extends TercetError<SourceErrorCode> {}

/**
 * What went wrong with one source path while the scan went on.
 *
 * - `SOURCE_MISSING` a source or listed path does not exist
 * - `SOURCE_ACCESS_DENIED` no permission
 * - `SOURCE_LOCKED` in use by somebody who does not share it
 * - `SOURCE_PATH_TOO_LONG` longer than the system takes
 * - `SOURCE_READ_FAILED` another failure of the file system; the message tells
 * - `SOURCE_NAME_NOT_UTF8` the format cannot store this name
 * - `SOURCE_LINK_TARGET_NOT_UTF8` the format cannot store where this link leads
 * - `SOURCE_LINK_CYCLE` following this link would never end; it is stored as a link
 * - `SOURCE_LINK_DANGLING` this link to be followed leads nowhere; it is stored as a link
 * - `SOURCE_NOT_COVERED` a listed path is in none of the sources
 * - `SOURCE_XATTRS_UNREADABLE` stored without its extended attributes
 * - `SOURCE_METADATA_TOO_LARGE` stored without metadata, because the format has no room for that much
 * - `FILTER_EXCLUDES_ALL` a filter excludes everything before anything is included
 * - `FILTER_NEVER_MATCHES` a filter that no absolute path can match
 */
export type SourceIssueCode =
  | 'SOURCE_MISSING'
  | 'SOURCE_ACCESS_DENIED'
  | 'SOURCE_LOCKED'
  | 'SOURCE_PATH_TOO_LONG'
  | 'SOURCE_READ_FAILED'
  | 'SOURCE_NAME_NOT_UTF8'
  | 'SOURCE_LINK_TARGET_NOT_UTF8'
  | 'SOURCE_LINK_CYCLE'
  | 'SOURCE_LINK_DANGLING'
  | 'SOURCE_NOT_COVERED'
  | 'SOURCE_XATTRS_UNREADABLE'
  | 'SOURCE_METADATA_TOO_LARGE'
  | 'FILTER_EXCLUDES_ALL'
  | 'FILTER_NEVER_MATCHES'

/**
 * What the next version takes over from the one before, because it could not be read now.
 *
 * - `entry` the entry at the path, whether it was a file or a folder, and everything below it
 * - `content` everything below the folder at the path, but not its own entry
 * - `none` nothing
 */
export type CarryOver = 'entry' | 'content' | 'none'

export interface SourceIssue extends Issue {
  readonly code: SourceIssueCode
  readonly path: string
  readonly carryOver: CarryOver
  /** True: the options ask not to tell; only what is carried over counts. */
  readonly silent?: boolean | undefined
}

const CODE_BY_ERRNO: Readonly<Record<string, SourceIssueCode>> = {
  ENOENT: 'SOURCE_MISSING',
  ENOTDIR: 'SOURCE_MISSING',
  EACCES: 'SOURCE_ACCESS_DENIED',
  EPERM: 'SOURCE_ACCESS_DENIED',
  EBUSY: 'SOURCE_LOCKED',
  EAGAIN: 'SOURCE_LOCKED',
  ETXTBSY: 'SOURCE_LOCKED',
  ENAMETOOLONG: 'SOURCE_PATH_TOO_LONG'
}

const WORDS: Readonly<Partial<Record<SourceIssueCode, string>>> = {
  SOURCE_MISSING: 'does not exist',
  SOURCE_ACCESS_DENIED: 'may not be read',
  SOURCE_LOCKED: 'is locked',
  SOURCE_PATH_TOO_LONG: 'has too long a path for this system'
}

/** The issue that a failed call of the file system on `path` amounts to. */
export function sourceIssue(path: string, error: unknown, carryOver: CarryOver): SourceIssue {
  const errno = (error as { code?: unknown }).code
  const code = (typeof errno === 'string' ? CODE_BY_ERRNO[errno] : undefined) ?? 'SOURCE_READ_FAILED'
  const words = WORDS[code] ?? `could not be read (${(error as Error).message})`
  return { code, severity: 'warning', message: `${path} ${words}`, path, carryOver }
}

/** True for a failed call of the file system with one of these codes. */
export function hasErrno(error: unknown, ...codes: readonly string[]): boolean {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && codes.includes(code)
}

/**
 * What was not restored as it was, although the entry itself is back.
 *
 * - `RESTORE_OWNER_NOT_SET` the system did not let this process give the entry to its owner
 * - `RESTORE_MODE_NOT_SET` the system did not let this process set the mode of the entry
 * - `RESTORE_TIME_NOT_SET` the system did not let this process set the modification time of the entry
 * - `RESTORE_XATTR_NOT_SET` the file system has no such extended attribute, or does not allow it
 */
export type RestoreIssueCode =
  | 'RESTORE_OWNER_NOT_SET'
  | 'RESTORE_MODE_NOT_SET'
  | 'RESTORE_TIME_NOT_SET'
  | 'RESTORE_XATTR_NOT_SET'

export interface RestoreIssue extends Issue {
  readonly code: RestoreIssueCode
  readonly path: string
}
