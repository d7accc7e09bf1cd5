import { type ErrorContext, type Retry, StorageError, type StorageErrorCode } from '@tercet/interface'

/** What failed, for the message. */
export interface FailedCall {
  /** For people: credentials removed. */
  readonly where: string
  /** Such as `put`. */
  readonly call: string
  readonly path?: string | undefined
}

/** What an answer of a server or an error of a client means: in the words of the contract, for people, and for a retry. */
export type Meaning = readonly [code: StorageErrorCode, reason: string, retry?: Retry | undefined]

export interface ErrorDetails {
  readonly cause?: unknown
  /** Behind the reason, such as ` (550)`. */
  readonly suffix?: string | undefined
  /** Besides the call and the path; what is undefined is left out. */
  readonly context?: Readonly<Record<string, ErrorContext[string] | undefined>> | undefined
}

/** The error of a call that failed with something of this meaning. */
export function explainedError(
  [code, reason, retry]: Meaning,
  failed: FailedCall,
  { cause, suffix = '', context = {} }: ErrorDetails = {}
): StorageError {
  const { call, path } = failed
  const known = Object.entries({ call, path, ...context }).filter(([, value]) => value !== undefined)
  return new StorageError(code, `${describeCall(failed)}: ${reason}${suffix}`, {
    cause,
    retry,
    context: Object.fromEntries(known) as ErrorContext
  })
}

/** `Cannot put "name" at ftp://host/folder`. */
export function describeCall({ where, call, path }: FailedCall): string {
  return `Cannot ${call}${path === undefined ? '' : ` ${JSON.stringify(path)}`} at ${where}`
}
