import { getSystemErrorMap } from 'node:util'

/** Name as given to a system call: text, or the raw bytes of a name that is not valid UTF-8. */
export type SystemName = string | Uint8Array

/** Shape of the errors that Node's own `fs` functions throw. */
export interface SystemError extends Error {
  readonly code: string
  /** Negative, as in Node. */
  readonly errno: number
  readonly syscall: string
  readonly path?: string
}

let messages: ReturnType<typeof getSystemErrorMap> | undefined

/** The error that `fs` would have thrown for this failure, so that callers need not know who made the call. */
export function systemError(errno: number, syscall: string, path?: SystemName): SystemError {
  messages ??= getSystemErrorMap() // made anew by every call
  const [code, text] = messages.get(-errno) ?? [`E${errno}`, `system error ${errno}`]
  const shown = typeof path === 'string' || path === undefined ? path : Buffer.from(path).toString('latin1')
  const error = new Error(`${code}: ${text}, ${syscall}${shown === undefined ? '' : ` '${shown}'`}`)
  return Object.assign(error, {
    code,
    errno: -errno,
    syscall,
    ...(shown === undefined ? {} : { path: shown })
  })
}
