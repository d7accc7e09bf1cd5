import type { BackupEvent, Issue, Outcome } from '@tercet/sdk'
import { printable } from '@tercet/sdk/format'
import { EXIT, type ExitCode, exitCodeOf } from './exit-code.ts'
import { type Explanation, explain } from './explain.ts'
import type { CliIo } from './io.ts'
import { ReadingIssues } from './reading-issues.ts'
import { createProgressView, type ProgressView } from './render/progress-view.ts'
import type { CommandEnd } from './surroundings.ts'

/** Text collected before it is written, so that a long listing is not a call for each line. */
const CHUNK = 32 * 1024
const SHOWN_ISSUES = 10

/** What is done when the end of a command is known, before it is told. @returns what the outcome is in the end */
export type EndListener = (end: CommandEnd) => Promise<Outcome>

/** Everything that a command says goes through here: for people, or one JSON object a line. */
export class Reporter {
  readonly json: boolean
  readonly #io: CliIo
  readonly #progress: ProgressView | undefined
  /** Told once. */
  onEnd: EndListener | undefined
  readonly #reading = new ReadingIssues()
  #pending = ''

  /** @param isChatty where there is no terminal to draw on, progress is printed every few seconds */
  constructor(io: CliIo, json: boolean, isChatty = false) {
    this.#io = io
    this.json = json
    this.#progress = json ? undefined : createProgressView(io.stderr, () => io.monotonic(), isChatty)
  }

  /** Nobody reads what is written any more. */
  get isClosed(): boolean {
    return this.#io.stdout.isClosed
  }

  /** An event of an operation. */
  readonly show = (event: BackupEvent): void => {
    this.#reading.see(event)
    if (this.json) void this.#io.stdout.write(jsonLine(event))
    else this.#progress?.show(event)
  }

  /** Something that a person should know before the command does its work. */
  async notice(message: string): Promise<void> {
    if (this.json) await this.#io.stdout.write(jsonLine({ type: 'notice', message }))
    else await this.#io.stderr.write(`tercet: ${printable(message)}\n`)
  }

  /** One of the things that were asked for. In JSON, `type` says what it is, so a type of its own becomes `kind`. */
  async item(type: string, data: object, text: string): Promise<void> {
    this.#pending += this.json ? jsonLine({ type, ...withKind(data) }) : `${text}\n`
    if (this.#pending.length >= CHUNK) await this.#flush()
  }

  /** Writes what was said so far, of a command that goes on for long. */
  async sayNow(): Promise<void> {
    this.#progress?.end()
    await this.#flush()
  }

  /** What is going to be done, told before it is. */
  async plan(plan: object, lines: readonly string[]): Promise<void> {
    this.#pending += this.json ? jsonLine({ type: 'plan', plan }) : lines.map((line) => `${line}\n`).join('')
    await this.#flush()
  }

  /** Asks a person, after what was said so far; undefined where there is nobody to ask. */
  async ask(question: string): Promise<string | undefined> {
    this.#progress?.end()
    await this.#flush()
    return await this.#io.ask?.(question)
  }

  /** The end of an operation that did not fail. `lines` are for people, `data` is the JSON result. */
  async finish(came: Outcome, data: object, lines: readonly string[], chosen?: ExitCode): Promise<ExitCode> {
    this.#progress?.end()
    const issues = this.#reading.notIn(data)
    const seen = came === 'success' && issues.length > 0 ? 'warning' : came
    const outcome = await this.#end({ outcome: seen, data, lines })
    const exitCode = chosen ?? exitCodeOf(outcome)
    if (issues.length > 0 && !this.json) {
      const told = ['While the destination was read:', ...issueLines(issues, issues.length)]
      await this.#io.stderr.write(told.map((line) => `${line}\n`).join(''))
    }
    this.#pending += this.json
      ? jsonLine({ type: 'result', outcome, exitCode, ...data, ...(outcome === came ? {} : { outcome }) })
      : lines.map((line) => `${line}\n`).join('')
    await this.#flush()
    return exitCode
  }

  /** The end of an operation that failed. */
  async fail(error: unknown): Promise<ExitCode> {
    this.#progress?.end()
    await this.#flush()
    const explanation = explain(error)
    const { code, message } = explanation
    await this.#end({ outcome: 'failed', lines: [], error: { code, message } })
    if (this.json) await this.#io.stdout.write(jsonLine(failureResult(explanation)))
    else await this.#io.stderr.write(failureText(explanation))
    return explanation.exitCode
  }

  async #end(end: CommandEnd): Promise<Outcome> {
    const listener = this.onEnd
    this.onEnd = undefined
    if (listener !== undefined) return await listener(end)
    return end.outcome === 'failed' ? 'error' : end.outcome
  }

  async #flush(): Promise<void> {
    const text = this.#pending
    this.#pending = ''
    if (text !== '') await this.#io.stdout.write(text)
  }
}

/** Lines that tell of the issues of a result: the first few with their paths, the others counted. */
export function issueLines(issues: readonly Issue[], total: number): string[] {
  const lines = issues.slice(0, SHOWN_ISSUES).map((issue) => {
    const about = issue.path ?? issue.volume
    const named = about === undefined || issue.message.includes(about) ? '' : ` (${about})`
    return printable(`  ${issue.severity} ${issue.code}: ${issue.message}${named}`)
  })
  if (total > lines.length) lines.push(`  and ${total - lines.length} more; --json lists them`)
  return lines
}

function failureResult({ code, message, hint, exitCode, context }: Explanation): object {
  return {
    type: 'result',
    outcome: exitCode === EXIT.stopped ? 'stopped' : 'failed',
    exitCode,
    error: { code, message, ...(hint === undefined ? {} : { hint }), context }
  }
}

function failureText({ code, message, hint }: Explanation): string {
  const lines = [`tercet: ${printable(message)} [${code}]`, ...(hint === undefined ? [] : [`  ${hint}`])]
  return `${lines.join('\n')}\n`
}

function withKind(data: object): object {
  if (!('type' in data)) return data
  const { type: kind, ...rest } = data
  return { kind, ...rest }
}

/** Bytes become hexadecimal; secrets print as `[secret]` by themselves. */
function jsonLine(value: object): string {
  return `${JSON.stringify(value, (_key, item: unknown) =>
    item instanceof Uint8Array
      ? Buffer.from(item).toString('hex')
      : typeof item === 'bigint'
        ? String(item)
        : item
  )}\n`
}
