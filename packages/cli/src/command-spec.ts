import type { BackendScheme } from '@tercet/sdk'
import type { SettingOperation } from '@tercet/sdk/settings'
import type { CommandContext } from './command-context.ts'
import type { ExitCode } from './exit-code.ts'
import { SECRET_PROVIDER_OPTIONS, SURROUNDING_OPTIONS } from './surrounding-options.ts'

/** An option that is the program's own, not a setting. */
export interface OwnOption {
  readonly option: string
  /** Further names; one letter is written with one dash. */
  readonly aliases?: readonly string[] | undefined
  /** Name of the value in the help; undefined: a flag. */
  readonly value?: string | undefined
  /** May stand alone, as a flag does; its text is what it was given, or `true`. */
  readonly isValueOptional?: boolean | undefined
  readonly description: string
  /** May be given several times. */
  readonly repeatable?: boolean | undefined
  /** Shown in the short help. */
  readonly common?: boolean | undefined
}

/** An option that the backend of a URL understands. */
export type BackendOption = NonNullable<BackendScheme['options']>[number]

export type CommandRun = (context: CommandContext) => Promise<ExitCode>

/** What a command is called, takes and does. Its code is loaded when it runs. */
export interface CommandSpec {
  readonly name: string
  readonly aliases?: readonly string[] | undefined
  /** A second word that must follow the name. */
  readonly action?: string | undefined
  /** One line. */
  readonly summary: string
  /** Positional arguments: `<needed>`, `[optional]`, `<many...>`. */
  readonly arguments: readonly string[]
  /** Operations whose settings it takes as options. */
  readonly operations: readonly SettingOperation[]
  /** Operations of which the short help shows options. @defaultValue all of them */
  readonly shows?: readonly SettingOperation[] | undefined
  readonly ownOptions?: readonly OwnOption[] | undefined
  readonly example: string
  /** The help of the program only names it. */
  readonly isRare?: boolean | undefined
  /** As scripts and reports call it; undefined: they do not go with it. */
  readonly operationName?: string | undefined
  /** Works through much data or many files: what memory the process keeps in reserve is limited. */
  readonly isHeavy?: boolean | undefined
  load(): Promise<CommandRun>
}

/** Options of every command. */
export const GLOBAL_OPTIONS: readonly OwnOption[] = [
  { option: 'json', description: 'Print one event a line as JSON, at last the result', common: true },
  { option: 'parameters-file', value: 'file', description: 'Take options from a file, one a line; these win' }
]

/** Options of every command that opens a destination. The texts of all but the name of a file are secrets. */
export const SECRET_OPTIONS: readonly OwnOption[] = [
  {
    option: 'passphrase-file',
    value: 'file',
    description: 'File whose first line is the passphrase',
    common: true
  },
  {
    option: 'passphrase',
    value: 'text',
    description: 'Others may see it; better: PASSPHRASE, the file, the prompt'
  },
  {
    option: 'auth-username',
    value: 'text',
    description: 'Name of the user at the store; also AUTH_USERNAME'
  },
  {
    option: 'auth-password',
    value: 'text',
    description: 'Others may see it; better: AUTH_PASSWORD'
  }
]

/** The program's own options of a command. */
export function ownOptionsOf(spec: CommandSpec): readonly OwnOption[] {
  return [
    ...(spec.ownOptions ?? []),
    ...(spec.operations.includes('open') ? [...SECRET_OPTIONS, ...SECRET_PROVIDER_OPTIONS] : []),
    ...(spec.operationName === undefined ? [] : SURROUNDING_OPTIONS),
    ...GLOBAL_OPTIONS
  ]
}

/** An own option as it is written, with its further names. */
export function spellingOf({ option, aliases = [], value, isValueOptional }: OwnOption): string {
  const text = value === undefined ? '' : isValueOptional ? `[=<${value}>]` : `=<${value}>`
  const further = aliases.map((alias) => (alias.length === 1 ? `, -${alias}` : `, --${alias}`)).join('')
  return `--${option}${text}${further}`
}

/** Name and arguments of a command, as it is written. */
export function usageOf({ name, action, arguments: args }: CommandSpec): string {
  return [name, ...(action === undefined ? [] : [action]), ...args].join(' ')
}
