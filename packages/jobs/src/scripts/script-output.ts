/** A line that a script wants to have in the log. */
export interface ScriptLine {
  readonly level: 'information' | 'warning' | 'error'
  readonly message: string
}

/** What a script has said. */
export interface ScriptOutput {
  /** Options that it sets, in order. */
  readonly options: readonly { readonly option: string; readonly text: string | undefined }[]
  readonly lines: readonly ScriptLine[]
}

const LEVELS = { INFO: 'information', WARN: 'warning', ERROR: 'error' } as const

/** Reads what a script has printed: `--name=value` sets an option, `LOG:INFO`, `LOG:WARN` and `LOG:ERROR` begin lines of the log. */
export function readScriptOutput(output: string, errorOutput: string): ScriptOutput {
  const options: { option: string; text: string | undefined }[] = []
  const lines: ScriptLine[] = []
  for (const line of output.split(/\r?\n/)) {
    const option = /^--([A-Za-z][A-Za-z0-9-]*)(?:=(.*))?$/.exec(line.trim())
    if (option !== null) options.push({ option: option[1]!, text: option[2] })
    const log = /^LOG:(INFO|WARN|ERROR)\s?(.*)$/.exec(line)
    if (log !== null) lines.push({ level: LEVELS[log[1] as keyof typeof LEVELS], message: log[2] ?? '' })
  }
  const errors = errorOutput.trim()
  if (errors !== '')
    lines.push({ level: 'warning', message: `It wrote to its standard error: ${errors.slice(0, 2000)}` })
  return { options, lines }
}
