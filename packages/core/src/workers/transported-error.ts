import { type ErrorContext, isTercetError, type Retry, TercetError } from '@tercet/interface'

/** An error as plain data: a structured clone would lose the class, the code and the context. */
export interface TransportedError {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly cause: TransportedError | undefined
  /** Set for errors of this library. */
  readonly tercet: { readonly retry: Retry; readonly context: ErrorContext } | undefined
  /** The fields of Node's own errors, such as `code`, `errno`, `syscall` and `path`. */
  readonly fields: Readonly<Record<string, string | number>>
}

const SYSTEM_FIELDS = ['code', 'errno', 'syscall', 'path', 'dest'] as const
const MAX_CAUSES = 8

export function packError(error: unknown, depth = 0): TransportedError {
  const source = error instanceof Error ? error : new Error(String(error))
  const fields: Record<string, string | number> = {}
  for (const key of SYSTEM_FIELDS) {
    const value = (source as unknown as Record<string, unknown>)[key]
    if (typeof value === 'string' || typeof value === 'number') fields[key] = value
  }
  return {
    name: source.name,
    message: source.message,
    stack: source.stack,
    cause: source.cause === undefined || depth >= MAX_CAUSES ? undefined : packError(source.cause, depth + 1),
    tercet: isTercetError(source) ? { retry: source.retry, context: source.context } : undefined,
    fields
  }
}

/** The error again: a `TercetError` of the same code where it was one, else an `Error` with the same fields. */
export function unpackError(packed: TransportedError): Error {
  const cause = packed.cause === undefined ? undefined : unpackError(packed.cause)
  const error =
    packed.tercet === undefined
      ? Object.assign(new Error(packed.message, cause === undefined ? undefined : { cause }), packed.fields)
      : new TercetError(String(packed.fields['code']), packed.message, { ...packed.tercet, cause })
  error.name = packed.name
  if (packed.stack !== undefined) error.stack = packed.stack
  return error
}
