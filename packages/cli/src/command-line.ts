import type { GivenOption, OptionSpelling, Setting } from '@tercet/sdk/settings'
import {
  ARCHIVE_OPTIONS,
  ConfigurationError,
  duplicatiOption,
  isFlag,
  nearestName,
  settingsOf,
  unknownOption,
  unsupportedOption
} from '@tercet/sdk/settings'
import { Command, CommanderError } from 'commander'
import { type BackendOption, type CommandSpec, ownOptionsOf, usageOf } from './command-spec.ts'

/** What a command line says, before any value is looked at. */
export interface CommandLine {
  readonly spec: CommandSpec
  readonly arguments: readonly string[]
  /** All options in the order in which they were written. */
  readonly given: readonly GivenOption[]
}

/** An option as commander is told of it. */
export interface KnownOption {
  readonly option: string
  readonly isFlag: boolean
}

/** Every option of a command: settings, those of the destination, and the program's own. */
export function knownOptionsOf(
  spec: CommandSpec,
  backendOptions: readonly BackendOption[] = []
): readonly KnownOption[] {
  const known = new Map<string, boolean>()
  for (const [setting, spelling] of spellings(spec)) known.set(spelling.option, isFlag(setting, spelling))
  if (spec.operations.includes('backup')) for (const { option } of ARCHIVE_OPTIONS) known.set(option, false)
  if (spec.operations.includes('open'))
    for (const { name, flag = false } of backendOptions) known.set(name, flag)
  for (const { option, value, isValueOptional } of ownOptionsOf(spec))
    known.set(option, value === undefined || isValueOptional === true)
  for (const option of ['help', 'all']) known.set(option, true)
  return [...known].map(([option, flag]) => ({ option, isFlag: flag }))
}

function* spellings(spec: CommandSpec): Generator<readonly [Setting, OptionSpelling]> {
  for (const setting of settingsOf(...spec.operations))
    for (const spelling of setting.options) yield [setting, spelling]
}

/**
 * Reads a command line. Which options there are depends on the command; what their texts mean is looked at later.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY` with the nearest name, `CONFIG_INVALID_VALUE`
 */
export function parseCommandLine(
  argv: readonly string[],
  specs: readonly CommandSpec[],
  backendOptions: readonly BackendOption[] = []
): CommandLine {
  let parsed: CommandLine | undefined
  const program = quiet(new Command('tercet'))
  const chosen = specs.find((spec) => spec.name === argv[0] || spec.aliases?.includes(argv[0] ?? ''))
  const known = chosen === undefined ? [] : withNeedless(argv, knownOptionsOf(chosen, backendOptions))
  for (const spec of specs) {
    const command = quiet(program.command(spec.name, { hidden: true }).aliases([...(spec.aliases ?? [])]))
    if (spec !== chosen) continue
    const given: GivenOption[] = []
    for (const { option } of known)
      command.option(`--${option} <value>`, '', (text: string) => given.push({ option, text }))
    // A file of parameters may stand for what is needed, so that is looked at later.
    for (const argument of [...actionOf(spec), ...spec.arguments])
      command.argument(argument.replace('<', '[').replace('>', ']'))
    command.action(() => {
      parsed = { spec, arguments: withoutAction(spec, command.args), given }
    })
  }
  try {
    program.parse(withFlagTexts(argv, known, aliasesOf(chosen)), { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw explain(error, chosen, specs, backendOptions)
    throw error
  }
  if (parsed === undefined)
    throw new ConfigurationError('CONFIG_MISSING', 'Name a command; "tercet help" lists them')
  return parsed
}

function actionOf({ action }: CommandSpec): string[] {
  return action === undefined ? [] : [`[${action}]`]
}

function withoutAction(
  { name, action }: CommandSpec,
  [first, ...rest]: readonly string[]
): readonly string[] {
  if (action === undefined) return first === undefined ? [] : [first, ...rest]
  if (first === action || first === undefined) return rest
  throw new ConfigurationError(
    'CONFIG_UNKNOWN_KEY',
    `There is no command "${name} ${first}"; did you mean "${name} ${action}"?`,
    {
      context: { key: first, nearest: action }
    }
  )
}

/** Nothing is printed and nothing ends the process: errors are thrown. */
function quiet(command: Command): Command {
  return command
    .helpOption(false)
    .helpCommand(false)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
}

/** Options of Duplicati that are there and have no effect are taken too, and told of later. */
function withNeedless(argv: readonly string[], known: readonly KnownOption[]): readonly KnownOption[] {
  const names = new Set(known.map(({ option }) => option))
  const needless = argv.flatMap((argument) => {
    const option = /^--([a-z][a-z0-9-]*)(?:=|$)/.exec(argument)?.[1]
    const entry = option === undefined || names.has(option) ? undefined : duplicatiOption(option)
    if (option === undefined || entry === undefined) return []
    if (entry.needless === undefined && entry.only === undefined) return []
    names.add(option)
    return [{ option, isFlag: entry.hasValue === undefined }]
  })
  return [...known, ...needless]
}

/** Arguments that stand for options under their usual names. */
function aliasesOf(spec: CommandSpec | undefined): ReadonlyMap<string, string> {
  const aliases = new Map([['-h', '--help']])
  for (const { option, aliases: further = [] } of spec === undefined ? [] : ownOptionsOf(spec))
    for (const alias of further) aliases.set(alias.length === 1 ? `-${alias}` : `--${alias}`, `--${option}`)
  return aliases
}

/**
 * A flag may have a text (`--flag=false`) but never takes the next argument for one, so each gets its text here, under
 * its usual name.
 */
function withFlagTexts(
  argv: readonly string[],
  known: readonly KnownOption[],
  aliases: ReadonlyMap<string, string>
): string[] {
  const isFlagOf = new Map(known.map(({ option, isFlag }) => [`--${option}`, isFlag]))
  const written: string[] = []
  let isValue = false
  for (const [index, argument] of argv.entries()) {
    if (argument === '--' && !isValue) return [...written, ...argv.slice(index)]
    const option: string = isValue ? argument : usualName(argument, aliases)
    written.push(!isValue && isFlagOf.get(option) === true ? `${option}=true` : option)
    isValue = !isValue && isFlagOf.get(option) === false
  }
  return written
}

function usualName(argument: string, aliases: ReadonlyMap<string, string>): string {
  const [name = '', ...text] = argument.split('=')
  const usual = aliases.get(name)
  return usual === undefined ? argument : [usual, ...text].join('=')
}

function explain(
  error: CommanderError,
  spec: CommandSpec | undefined,
  specs: readonly CommandSpec[],
  backendOptions: readonly BackendOption[]
): ConfigurationError {
  const named = /'([^']*)'/.exec(error.message)?.[1] ?? ''
  if (error.code === 'commander.unknownOption') {
    const option = named.replace(/^--?/, '').replace(/=.*$/s, '')
    const known =
      spec === undefined ? ['help', 'version'] : knownOptionsOf(spec, backendOptions).map((one) => one.option)
    const help = spec === undefined ? 'tercet help' : `tercet help ${spec.name} --all`
    if (/^-[^-]/.test(named)) return unknownShort(named, help)
    const duplicati = duplicatiOption(option)
    if (duplicati !== undefined) return unsupportedOption({ option, text: undefined }, duplicati)
    const others = specs.filter((one) => knownOptionsOf(one).some((each) => each.option === option))
    if (spec !== undefined && others.length > 0) return otherCommands(option, spec, others)
    return unknownOption(option, known, `"${help}" lists them`)
  }
  if (error.code === 'commander.unknownCommand' || spec === undefined) return unknownCommand(named, specs)
  const usage = `tercet ${usageOf(spec)}`
  if (error.code === 'commander.optionMissingArgument') {
    const option = named.replace(/ .*$/s, '')
    return new ConfigurationError('CONFIG_INVALID_VALUE', `${option} needs a value: ${option}=<value>`, {
      context: { key: option }
    })
  }
  if (error.code === 'commander.excessArguments')
    return new ConfigurationError('CONFIG_INVALID_VALUE', `More arguments than the command takes: ${usage}`)
  const problem = error.message.replace(/^error: /, '').replace(/\.$/, '')
  const code = error.code === 'commander.missingArgument' ? 'CONFIG_MISSING' : 'CONFIG_INVALID_VALUE'
  return new ConfigurationError(code, `${problem}. Usage: ${usage}`)
}

function otherCommands(
  option: string,
  spec: CommandSpec,
  others: readonly CommandSpec[]
): ConfigurationError {
  const names = others.map(({ name }) => name).join(', ')
  return new ConfigurationError(
    'CONFIG_UNKNOWN_KEY',
    `--${option} is no option of ${spec.name}, but of ${names}`,
    { context: { key: option } }
  )
}

/** Options of one letter, and numbers with a sign. */
function unknownShort(argument: string, help: string): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_UNKNOWN_KEY',
    `There is no option ${argument}; "${help}" lists them. Put "--" before arguments that begin with a hyphen`,
    { context: { key: argument } }
  )
}

/** The error for a command that does not exist. */
function unknownCommand(name: string, specs: readonly CommandSpec[]): ConfigurationError {
  const nearest = nearestName(
    name,
    specs.flatMap((spec) => [spec.name, ...(spec.aliases ?? [])])
  )
  const advice = nearest === undefined ? '"tercet help" lists them' : `did you mean "${nearest}"?`
  return new ConfigurationError('CONFIG_UNKNOWN_KEY', `There is no command "${name}"; ${advice}`, {
    context: { key: name, ...(nearest === undefined ? {} : { nearest }) }
  })
}
