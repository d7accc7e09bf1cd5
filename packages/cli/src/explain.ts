import { SETTINGS } from '@tercet/sdk/settings'
import { EXIT, type ExitCode } from './exit-code.ts'
import { HINTS } from './hints.ts'

/** A failure as a person or a program is told of it. */
export interface Explanation {
  readonly code: string
  readonly message: string
  /** What to do. */
  readonly hint: string | undefined
  readonly exitCode: ExitCode
  readonly context: object
}

/** Codes of usage and configuration, whatever their area. */
const USAGE = /^(CONFIG_|FILTER_)/

/** Codes of messages that may name settings as a program writes them. */
const NAMES_SETTINGS = /^(CONFIG_|BACKUP_PARAMETER_CHANGED$|RETENTION_REMOVES_EVERYTHING$)/

/** Settings with their usual options. */
const OPTIONS: ReadonlyMap<string, string> = new Map(
  SETTINGS.flatMap(({ name, options: [spelling] }) =>
    spelling !== undefined && spelling.flag === undefined ? [[name, spelling.option]] : []
  )
)

export function explain(error: unknown): Explanation {
  if (isAbort(error)) {
    return { code: 'STOPPED', message: 'Stopped', hint: undefined, exitCode: EXIT.stopped, context: {} }
  }
  const { code, message, context } = asError(error)
  const known = Object.hasOwn(HINTS, code) ? HINTS[code] : undefined
  return {
    code,
    message: NAMES_SETTINGS.test(code) ? inOptions(message) : message,
    hint: known?.hint ?? hintOfCause(error),
    exitCode: known?.exitCode ?? (USAGE.test(code) ? EXIT.usage : EXIT.failed),
    context: typeof context === 'object' && context !== null ? context : {}
  }
}

/** An upload that failed because the disk is full says so in its cause. */
function hintOfCause(error: unknown): string | undefined {
  const cause = error instanceof Error ? error.cause : undefined
  if (!(cause instanceof Error)) return undefined
  const { code } = asError(cause)
  return (Object.hasOwn(HINTS, code) ? HINTS[code]?.hint : undefined) ?? hintOfCause(cause)
}

/** Plans are made of settings alone, so that also what may be a word of English is one where it is quoted. */
function inOptions(message: string): string {
  const [prefix] = /^plan[A-Z]\w*: /.exec(message) ?? []
  if (prefix === undefined)
    return message.replace(/"?\b([a-z]+[A-Z][A-Za-z]*)\b"?/g, (whole, name: string) => optionOf(name, whole))
  const text = message
    .slice(prefix.length)
    .replace(/"([a-z]\w*)"/gi, (whole, name: string) => optionOf(name, whole))
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

function optionOf(name: string, otherwise: string): string {
  const option = OPTIONS.get(name)
  return option === undefined ? otherwise : `--${option}`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

function asError(error: unknown): { code: string; message: string; context?: unknown } {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED', message: String(error) }
  const { code, context } = error as { code?: unknown; context?: unknown }
  return { code: typeof code === 'string' ? code : 'UNEXPECTED', message: error.message, context }
}
