import { assertKnownKeys, type CallOptions, type Issue } from '@tercet/interface'
import { JobsError } from '../jobs-error.ts'
import { runProgram } from './run-program.ts'
import { type ScriptFacts, scriptEnvironment } from './script-environment.ts'
import { readScriptOutput, type ScriptOutput } from './script-output.ts'
import { verdictOf } from './script-verdict.ts'
import { splitCommand } from './split-command.ts'

/** Programs that are run around an operation. */
export interface ScriptHooks {
  /** Before everything; its failure ends the operation with an error. */
  readonly beforeRequired?: string | undefined
  /** Before everything; its exit code tells what is to be done. */
  readonly before?: string | undefined
  /** When the list of a new version is stored, before anything is deleted or verified. */
  readonly postBackup?: string | undefined
  /** After everything, also after a failure. */
  readonly after?: string | undefined
  /** A script that runs for longer is ended, with all that it has started. @defaultValue 60 000 */
  readonly timeoutMs?: number | undefined
  /** The texts are a program and its arguments; else a program alone. @defaultValue false */
  readonly withArguments?: boolean | undefined
  /** @defaultValue that of the process, of which scripts see only what is no secret */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

export interface ScriptOutcome {
  /** False: the script said that nothing is to be done. */
  readonly goesOn: boolean
  readonly issues: readonly Issue[]
  readonly output: ScriptOutput
}

export type ScriptKind = 'beforeRequired' | 'before' | 'postBackup' | 'after'

const KEYS = ['beforeRequired', 'before', 'postBackup', 'after', 'timeoutMs', 'withArguments', 'environment']
const TIMEOUT_MS = 60_000

/**
 * Runs one of the scripts, if there is one. What goes wrong with it is an issue, unless it is required.
 *
 * @throws JobsError `SCRIPT_FAILED`, `SCRIPT_TIMEOUT`, `SCRIPT_UNUSABLE` for a script that is required, `SCRIPT_FAILED`
 * for one before that said so; the reason of `signal`
 */
export async function runScript(
  hooks: ScriptHooks,
  kind: ScriptKind,
  facts: ScriptFacts,
  { signal }: CallOptions = {}
): Promise<ScriptOutcome> {
  assertKnownKeys(hooks, KEYS, 'scripts')
  const text = hooks[kind]
  if (text === undefined) return { goesOn: true, issues: [], output: { options: [], lines: [] } }
  const { timeoutMs = TIMEOUT_MS, withArguments = false, environment = process.env } = hooks
  const result = await runProgram(withArguments ? splitCommand(text) : [text], {
    environment: scriptEnvironment(facts, environment),
    timeoutMs,
    signal
  })
  const output = readScriptOutput(result.output, result.errorOutput)
  const issues = output.lines
    .filter(({ level }) => level !== 'information')
    .map(({ level, message }) => issueOf(level === 'error' ? 'error' : 'warning', `${text}: ${message}`))
  const isRequired = kind === 'beforeRequired'
  const trouble = troubleOf(text, result, timeoutMs)
  if (trouble !== undefined) {
    if (isRequired) throw trouble
    return { goesOn: true, issues: [issueOf('warning', trouble.message), ...issues], output }
  }
  const exitCode = result.exitCode ?? 5
  if (isRequired && exitCode !== 0) throw failed(text, exitCode)
  const { goesOn, level } = verdictOf(exitCode, kind === 'before')
  if (!goesOn && level === 'error') throw failed(text, exitCode)
  const told = level === undefined ? [] : [issueOf(level, `The script ${text} has ended with ${exitCode}`)]
  return { goesOn, issues: [...told, ...issues], output }
}

function troubleOf(
  text: string,
  { failure, timedOut }: { readonly failure: string | undefined; readonly timedOut: boolean },
  timeoutMs: number
): JobsError | undefined {
  if (failure !== undefined)
    return new JobsError('SCRIPT_UNUSABLE', `The script ${text} cannot be run (${failure})`, {
      context: { script: text, reason: failure }
    })
  if (!timedOut) return undefined
  return new JobsError(
    'SCRIPT_TIMEOUT',
    `The script ${text} did not end within ${timeoutMs / 1000} s, and was ended`,
    {
      context: { script: text }
    }
  )
}

function failed(text: string, exitCode: number): JobsError {
  return new JobsError(
    'SCRIPT_FAILED',
    `Nothing was done, as the script ${text} has ended with ${exitCode}`,
    {
      context: { script: text, exitCode }
    }
  )
}

function issueOf(severity: Issue['severity'], message: string): Issue {
  return { code: 'SCRIPT_ISSUE', severity, message }
}
