/** Whether trying the same call again can succeed: judged only where the failure is understood. */
export type Retry = 'never' | 'may-help' | 'exhausted'

/** Facts about a failure. Safe to log: no secrets, no request bodies, no file content. */
export type ErrorContext = Readonly<Record<string, string | number | boolean>>

export interface TercetErrorInit {
  readonly cause?: unknown
  /** @defaultValue 'never' */
  readonly retry?: Retry | undefined
  readonly context?: ErrorContext | undefined
}

/** Marks errors of this library across two installed copies of a package, where `instanceof` fails. */
const BRAND = Symbol.for('tercet.error')

/**
 * Base of every error this library rejects with. Match on {@link TercetError.code}, which is part of the API and
 * changes only in a major version; messages may change at any time.
 */
export class TercetError<Code extends string = string> extends Error {
  readonly code: Code
  readonly retry: Retry
  readonly context: ErrorContext
  /** @internal */
  readonly [BRAND] = true

  constructor(code: Code, message: string, init: TercetErrorInit = {}) {
    super(message, init.cause === undefined ? undefined : { cause: init.cause })
    this.name = new.target.name
    this.code = code
    this.retry = init.retry ?? 'never'
    this.context = Object.freeze({ ...init.context })
  }
}

/** True for an error of this library, from whichever copy of it; with `code`, only for that code. */
export function isTercetError<Code extends string = string>(
  value: unknown,
  code?: Code
): value is TercetError<Code> {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { [BRAND]?: unknown })[BRAND] === true &&
    (code === undefined || (value as TercetError).code === code)
  )
}

/**
 * What a storage backend can say about a failure.
 *
 * - `STORAGE_NOT_FOUND` nothing has this path; only said when it is known
 * - `STORAGE_EXISTS` the path is taken, and the call asked for it not to be
 * - `STORAGE_ACCESS_DENIED` credentials are missing, wrong or not sufficient
 * - `STORAGE_UNTRUSTED` the server could not prove to be the one that is meant (certificate, host key); nothing was sent to it
 * - `STORAGE_READ_ONLY` the place cannot be written to
 * - `STORAGE_FULL` no space, or a quota is used up
 * - `STORAGE_UNAVAILABLE` the place cannot be reached, or broke off; a retry may help
 * - `STORAGE_TIMEOUT` no answer within the limit; a retry may help
 * - `STORAGE_RATE_LIMITED` asked to slow down; a retry may help
 * - `STORAGE_CONFLICT` a condition on the present content did not hold
 * - `STORAGE_LOCKED` an object lock forbids the change
 * - `STORAGE_ARCHIVED` the content is in cold storage and must be restored first
 * - `STORAGE_CORRUPT` the bytes that arrived are not those that were announced
 * - `STORAGE_SOURCE_MISMATCH` a {@link ByteSource} yielded another number of bytes than it announced
 * - `STORAGE_INVALID_PATH` the path breaks the rules of {@link assertStoragePath} or cannot exist there
 * - `STORAGE_INVALID_URL` the URL or the options of a backend cannot be understood
 * - `STORAGE_UNSUPPORTED` this backend does not do that; its capabilities say so beforehand
 * - `STORAGE_CLOSED` the backend was disposed
 * - `STORAGE_UNEXPECTED` everything else; the cause tells
 */
export type StorageErrorCode =
  | 'STORAGE_NOT_FOUND'
  | 'STORAGE_EXISTS'
  | 'STORAGE_ACCESS_DENIED'
  | 'STORAGE_UNTRUSTED'
  | 'STORAGE_READ_ONLY'
  | 'STORAGE_FULL'
  | 'STORAGE_UNAVAILABLE'
  | 'STORAGE_TIMEOUT'
  | 'STORAGE_RATE_LIMITED'
  | 'STORAGE_CONFLICT'
  | 'STORAGE_LOCKED'
  | 'STORAGE_ARCHIVED'
  | 'STORAGE_CORRUPT'
  | 'STORAGE_SOURCE_MISMATCH'
  | 'STORAGE_INVALID_PATH'
  | 'STORAGE_INVALID_URL'
  | 'STORAGE_UNSUPPORTED'
  | 'STORAGE_CLOSED'
  | 'STORAGE_UNEXPECTED'

/** A failure of a storage backend, translated by that backend's one table. */
export class StorageError extends TercetError<StorageErrorCode> {}
