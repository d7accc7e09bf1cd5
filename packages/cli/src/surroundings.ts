import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import {
  parsedResultOf,
  type Report,
  redactReport,
  redactUrl,
  runScript,
  type ScriptFacts,
  type ScriptHooks,
  type ScriptKind,
  sendReports
} from '@tercet/jobs'
import type { Issue } from '@tercet/sdk'
import { type GivenOption, SETTINGS } from '@tercet/sdk/settings'
import type { CommandLine } from './command-line.ts'
import type { CliIo } from './io.ts'
import type { OwnValues } from './own-values.ts'
import { reportSettingsOf, scriptHooksOf } from './surrounding-values.ts'

/** How a command has ended. */
export interface CommandEnd {
  readonly outcome: Report['outcome']
  readonly data?: object | undefined
  readonly lines: readonly string[]
  readonly error?: { readonly code: string; readonly message: string } | undefined
}

/** What goes on around one command: scripts before and after it, and reports of how it has ended. */
export class Surroundings {
  /** What went wrong with scripts. */
  readonly issues: Issue[] = []
  readonly #line: CommandLine
  readonly #hooks: ScriptHooks
  readonly #own: OwnValues
  readonly #secrets: readonly string[]
  readonly #beginTime = new Date()
  #signal: AbortSignal | undefined

  constructor(line: CommandLine, own: OwnValues, secrets: readonly string[], { environment }: CliIo) {
    this.#line = line
    this.#own = own
    this.#hooks = scriptHooksOf(own, environment)
    this.#secrets = secrets
    reportSettingsOf(own)
  }

  /** Until then scripts may run. */
  endWith(signal: AbortSignal): void {
    this.#signal = signal
  }

  /**
   * Runs what comes first.
   *
   * @returns the command line as scripts have changed it; undefined: nothing is to be done
   * @throws JobsError `SCRIPT_*`
   */
  async begin(): Promise<CommandLine | undefined> {
    let line = this.#line
    for (const kind of ['beforeRequired', 'before'] as const) {
      const { goesOn, output } = await this.#run(kind, { event: 'BEFORE' })
      if (!goesOn) return undefined
      line = changed(line, output.options)
    }
    return line
  }

  /** Runs what comes when a version is stored; undefined: nothing does. */
  get afterVersion(): (() => Promise<void>) | undefined {
    if (this.#hooks.postBackup === undefined) return undefined
    return async () => {
      await this.#run('postBackup', { event: 'POST-BACKUP' })
    }
  }

  /** Runs what comes last, and sends the reports. @returns what could not be sent */
  async end(end: CommandEnd): Promise<readonly Issue[]> {
    const issues = 'issues' in (end.data ?? {}) ? (end.data as { issues: readonly Issue[] }).issues : []
    const report: Report = {
      operation: this.#operation,
      name: this.#name,
      outcome: end.outcome,
      beginTime: this.#beginTime,
      endTime: new Date(),
      destination: redactUrl(this.#line.arguments[0] ?? ''),
      result: end.data,
      error: end.error,
      issues: [...this.issues, ...issues],
      lines: end.lines
    }
    await this.#after(report)
    return await sendReports(report, reportSettingsOf(this.#own), { secrets: this.#secrets })
  }

  async #after(report: Report): Promise<void> {
    if (this.#hooks.after === undefined) return
    const folder = await mkdtemp(join(tmpdir(), 'tercet-result-'))
    try {
      const resultFile = join(folder, 'result.json')
      const { result, error, outcome } = redactReport(report, { allowPaths: true, secrets: this.#secrets })
      await writeFile(resultFile, JSON.stringify({ outcome, ...result, error }), { mode: 0o600 })
      await this.#run('after', { event: 'AFTER', parsedResult: parsedResultOf(report), resultFile }, false)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** The script at the end runs although the command was stopped. */
  async #run(kind: ScriptKind, facts: Pick<ScriptFacts, 'event'> & Partial<ScriptFacts>, mayEnd = true) {
    const [url = '', ...others] = this.#line.arguments
    const outcome = await runScript(
      this.#hooks,
      kind,
      {
        operation: this.#operation,
        remoteUrl: redactUrl(url),
        localPath: others.map(redactUrl).join(delimiter),
        backupName: this.#name,
        options: harmlessOptions(this.#line.given),
        ...facts
      },
      { signal: mayEnd ? this.#signal : undefined }
    )
    this.issues.push(...outcome.issues)
    return outcome
  }

  get #operation(): string {
    return this.#line.spec.operationName ?? this.#line.spec.name
  }

  get #name(): string {
    const given = this.#own.text('backup-name')
    if (given !== undefined) return given
    const place = redactUrl(this.#line.arguments[0] ?? '').replace(/[\\/]+$/, '')
    return place.split(/[\\/]/).at(-1) || place
  }
}

/** Options that scripts may see: those of the table of settings, of which none is a secret. */
function harmlessOptions(given: readonly GivenOption[]): Record<string, string> {
  const known = new Set(
    SETTINGS.filter(({ type }) => type.kind !== 'configuration').flatMap(({ options }) =>
      options.map(({ option }) => option)
    )
  )
  const shown = given.filter(({ option }) => known.has(option))
  return Object.fromEntries(shown.map(({ option, text = 'true' }) => [option, text]))
}

/** An option that a script sets takes the place of the same one. */
function changed(line: CommandLine, options: readonly GivenOption[]): CommandLine {
  let [url, ...others] = line.arguments
  let given = line.given
  for (const one of options) {
    if (one.option === 'remoteurl') url = one.text ?? url
    else if (one.option === 'localpath')
      others = (one.text ?? '').split(delimiter).filter((path) => path !== '')
    else given = [...given.filter(({ option }) => option !== one.option), one]
  }
  return { ...line, arguments: url === undefined ? others : [url, ...others], given }
}
