import { backendOf, backendsOf } from './backends.ts'
import { parseCommandLine } from './command-line.ts'
import type { CommandSpec } from './command-spec.ts'
import { COMMANDS } from './commands.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { backendHelp, commandHelp, programHelp } from './help.ts'
import type { CliIo } from './io.ts'
import { readParameters } from './parameters-file.ts'
import { Reporter } from './reporter.ts'

/** Gives help, or runs the command that is named. What is heavy is loaded by those that need it. */
export async function dispatch(argv: readonly string[], io: CliIo): Promise<ExitCode> {
  const [first, ...rest] = argv
  if (first === undefined) return await print(io, programHelp(COMMANDS), EXIT.usage)
  try {
    if (first === 'help' || isHelp(first)) return await print(io, await helpFor(rest))
    const backends = await backendsOf(withTarget(argv, io))
    const line = parseCommandLine(
      argv,
      COMMANDS,
      backends.flatMap(({ options = [] }) => options)
    )
    const wants = (option: string): boolean =>
      line.given.some((given) => given.option === option && given.text === 'true')
    if (wants('help')) return await print(io, commandHelp(line.spec, wants('all')))
    const { runCommand } = await import('./run-command.ts')
    return await runCommand(line, io, backends)
  } catch (error) {
    return await new Reporter(io, argv.includes('--json')).fail(error)
  }
}

function isHelp(argument: string): boolean {
  return argument === '--help' || argument === '-h'
}

async function helpFor(names: readonly string[]): Promise<string> {
  const name = names.find((one) => !one.startsWith('-'))
  if (name === undefined) return programHelp(COMMANDS)
  const backend = await backendOf(name.replace(/:(\/\/)?$/, ''))
  if (backend !== undefined) return backendHelp(backend)
  const { spec } = parseCommandLine([name, '--help'], COMMANDS.map(withoutArguments))
  const known = COMMANDS.find((command) => command.name === spec.name) ?? spec
  return commandHelp(known, names.includes('--all'))
}

/** The arguments, and the destination that a file of parameters names. What is wrong with the file is told later. */
function withTarget(argv: readonly string[], { environment }: CliIo): readonly string[] {
  const at = argv.findIndex((argument) => /^--parameters-file(=|$)/.test(argument))
  if (at < 0) return argv
  const path = argv[at]?.split('=').slice(1).join('=') || argv[at + 1]
  try {
    return [...argv, readParameters(path ?? '', environment).target ?? '']
  } catch {
    return argv
  }
}

/** Help is given whatever the arguments are. */
function withoutArguments(spec: CommandSpec): CommandSpec {
  return { ...spec, arguments: [] }
}

async function print(io: CliIo, text: string, exitCode: ExitCode = EXIT.done): Promise<ExitCode> {
  await io.stdout.write(text)
  return exitCode
}
