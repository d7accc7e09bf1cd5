import type { BackendScheme } from '@tercet/sdk'
import type { OptionSpelling, Setting } from '@tercet/sdk/settings'
import { ARCHIVE_OPTIONS, isFlag, settingsOf } from '@tercet/sdk/settings'
import { SCHEMES } from './backends.ts'
import { type CommandSpec, ownOptionsOf, spellingOf, usageOf } from './command-spec.ts'

const WIDTH = 80
const OPTION_WIDTH = 30
const COMMAND_WIDTH = 21

/** The list of commands. */
export function programHelp(specs: readonly CommandSpec[]): string {
  return lines([
    'Usage: tercet <command> <url> [...] [--option=value]',
    '',
    ...specs
      .filter(({ isRare }) => isRare !== true)
      .map((spec) => row(nameOf(spec), spec.summary, COMMAND_WIDTH)),
    ...wrapText(
      `Also ${specs
        .filter(({ isRare }) => isRare)
        .map(nameOf)
        .join(', ')}.`
    ),
    '',
    ...wrapText(
      `<url> is a folder, or begins with ${SCHEMES.filter((scheme) => scheme !== 'file').join(', ')}.`
    ),
    '"tercet help <command or scheme>" tells more, "tercet --version" the version.'
  ])
}

function nameOf({ name, action }: CommandSpec): string {
  return action === undefined ? name : `${name} ${action}`
}

/** Help of one command: what is used often, on one screen, or everything. */
export function commandHelp(spec: CommandSpec, all: boolean): string {
  const options = optionRows(spec).filter((option) => all || option.common)
  return lines([
    `Usage: tercet ${usageOf(spec)} [--option=value]`,
    ...(spec.aliases?.length ? [`Also called ${spec.aliases.join(', ')}.`] : []),
    `${spec.summary}.`,
    '',
    ...options.flatMap(({ shown, description }) => wrapped(`  ${shown}`, description)),
    '',
    'Example:',
    `  ${spec.example}`,
    ...(all ? [] : [`All options: tercet help ${spec.name} --all`])
  ])
}

/** What the URLs of a scheme may say besides. */
export function backendHelp({ scheme, options = [] }: BackendScheme): string {
  return lines([
    `${scheme}://… takes these options, as --option=value or in the URL as ?option=value&…:`,
    '',
    ...options.flatMap(({ name, description, flag }) =>
      wrapped(`  --${name}${flag ? '' : '=<value>'}`, description)
    )
  ])
}

interface OptionRow {
  readonly shown: string
  readonly description: string
  readonly common: boolean
}

function optionRows(spec: CommandSpec): OptionRow[] {
  const rows = settingsOf(...spec.operations)
    .filter(
      ({ mattersTo }) =>
        mattersTo === undefined || [mattersTo].flat().some((one) => spec.operations.includes(one))
    )
    .flatMap((setting) => {
      const isShown = setting.operations.some((one) => (spec.shows ?? spec.operations).includes(one))
      return setting.options.map((spelling) => settingRow(setting, spelling, isShown))
    })
  if (spec.operations.includes('backup')) {
    for (const { option, description } of ARCHIVE_OPTIONS)
      rows.push({ shown: `--${option}=<value>`, description, common: false })
  }
  for (const own of ownOptionsOf(spec))
    rows.push({
      shown: spellingOf(own),
      description: own.description,
      common: own.common === true
    })
  return [...rows.filter((option) => option.common), ...rows.filter((option) => !option.common)]
}

function settingRow(setting: Setting, spelling: OptionSpelling, isShown: boolean): OptionRow {
  const flag = isFlag(setting, spelling)
  const usual = flag || setting.default === undefined ? '' : ` [${setting.default}]`
  return {
    shown: `--${spelling.option}${flag ? '' : `=<${spelling.listFile ? 'file' : placeholder(setting)}>`}`,
    description: `${spelling.description ?? setting.description}${usual}`,
    common: isShown && spelling.common === true
  }
}

function placeholder({ type }: Setting): string {
  if (type.kind === 'choice') return type.choices.length > 3 ? 'name' : type.choices.join('|')
  const names = {
    integer: 'n',
    paths: 'paths',
    'path-list': 'paths',
    filters: 'filter',
    compression: 'method',
    boolean: 'flag'
  }
  return names[type.kind as keyof typeof names] ?? type.kind
}

function row(name: string, description: string, width: number): string {
  return `  ${name.padEnd(width)}${description}`
}

/** A description that does not fit beside its option goes on below itself. */
function wrapped(shown: string, description: string): string[] {
  const room = WIDTH - OPTION_WIDTH
  const pieces: string[] = ['']
  for (const word of description.split(' ')) {
    const last = pieces.at(-1) as string
    if (last !== '' && last.length + 1 + word.length > room) pieces.push(word)
    else pieces[pieces.length - 1] = last === '' ? word : `${last} ${word}`
  }
  const indented = pieces.map((piece) => ' '.repeat(OPTION_WIDTH) + piece)
  if (shown.length + 1 > OPTION_WIDTH) return [shown, ...indented]
  return [shown.padEnd(OPTION_WIDTH) + pieces[0], ...indented.slice(1)]
}

function wrapText(text: string): string[] {
  const pieces: string[] = ['']
  for (const word of text.split(' ')) {
    const last = pieces.at(-1) as string
    if (last !== '' && last.length + 1 + word.length > WIDTH) pieces.push(word)
    else pieces[pieces.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return pieces
}

function lines(text: readonly string[]): string {
  return `${text.join('\n')}\n`
}
