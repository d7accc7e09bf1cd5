import type { OptionSpelling, Setting, SettingType } from '@tercet/sdk/settings'
import { ARCHIVE_OPTIONS, isFlag, settingsOf } from '@tercet/sdk/settings'
import {
  type CommandSpec,
  GLOBAL_OPTIONS,
  type OwnOption,
  SECRET_OPTIONS,
  spellingOf,
  usageOf
} from './command-spec.ts'
import { SECRET_PROVIDER_OPTIONS, SURROUNDING_OPTIONS } from './surrounding-options.ts'

/** The reference of all commands and options, as Markdown. */
export function optionsReference(specs: readonly CommandSpec[]): string {
  return `${[
    '# Commands and options',
    '',
    'Made from the code by `npm run reference -w packages/cli`. Do not edit.',
    '',
    'Options are written `--option=value`; a flag alone is true, `--flag=false` turns it off. Sizes take `b kb mb gb tb` (powers of 1024), durations `s m h D W M Y` (`m` is a minute, `M` a month), paths the separator of the system (`:`, on Windows `;`). The column *setting* is the name in the API and in files of settings (`settings.schema.json` of `@tercet/sdk`).',
    '',
    '## Every command',
    '',
    ...ownTable(GLOBAL_OPTIONS),
    '',
    '## Every command with a destination',
    '',
    ...table(rowsOf(settingsOf('open'))),
    '',
    ...ownTable([...SECRET_OPTIONS, ...SECRET_PROVIDER_OPTIONS]),
    '',
    '## Scripts and reports',
    '',
    `Options of ${specs.flatMap(({ name, operationName }) => (operationName === undefined ? [] : `\`${name}\``)).join(', ')}.`,
    '',
    ...ownTable(SURROUNDING_OPTIONS),
    ...specs.flatMap(commandSection)
  ].join('\n')}\n`
}

function commandSection(spec: CommandSpec): string[] {
  const operations = spec.operations.filter((operation) => operation !== 'open')
  const rows = rowsOf(settingsOf(...operations))
  if (operations.includes('backup'))
    rows.push(
      ...ARCHIVE_OPTIONS.map(({ option, description }) => [
        `--${option}`,
        '`compression`',
        'text',
        '',
        description
      ])
    )
  return [
    '',
    `## ${[spec.name, spec.action ?? ''].join(' ').trimEnd()}`,
    '',
    `${spec.summary}.`,
    ...(spec.aliases?.length
      ? [`Also called ${spec.aliases.map((alias) => `\`${alias}\``).join(', ')}.`]
      : []),
    '',
    '```text',
    `tercet ${usageOf(spec)}`,
    spec.example,
    '```',
    ...(rows.length === 0 ? [] : ['', ...table(rows)]),
    ...(spec.ownOptions === undefined ? [] : ['', ...ownTable(spec.ownOptions)])
  ]
}

function rowsOf(settings: readonly Setting[]): string[][] {
  return settings.flatMap((setting) => setting.options.map((spelling) => rowOf(setting, spelling)))
}

function rowOf(setting: Setting, spelling: OptionSpelling): string[] {
  const flag = isFlag(setting, spelling)
  const value =
    spelling.flag === undefined || spelling.flag === true ? '' : ` = ${JSON.stringify(spelling.flag)}`
  return [
    `--${spelling.option}`,
    `\`${setting.name}\`${value}`,
    flag ? 'flag' : spelling.listFile ? 'file' : typeText(setting.type),
    flag ? '' : (setting.default ?? ''),
    spelling.description ?? setting.description
  ]
}

function typeText(type: SettingType): string {
  if (type.kind === 'choice') return type.choices.join(', ')
  if (type.kind === 'path-list') return 'paths'
  if (type.kind === 'size') return `size (${type.unit})`
  return type.kind
}

function table(rows: readonly (readonly string[])[]): string[] {
  const cell = (text: string): string => text.replaceAll('|', '\\|')
  return [
    '| Option | Setting | Value | Default | Meaning |',
    '|---|---|---|---|---|',
    ...rows.map(([option = '', ...rest]) => `| \`${option}\` | ${rest.map(cell).join(' | ')} |`)
  ]
}

function ownTable(options: readonly OwnOption[]): string[] {
  return [
    '| Option | Meaning |',
    '|---|---|',
    ...options.map(
      (own) =>
        `| ${spellingOf(own)
          .split(', ')
          .map((one) => `\`${one}\``)
          .join(', ')} | ${own.description} |`
    )
  ]
}
