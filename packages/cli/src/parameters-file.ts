import { readFileSync } from 'node:fs'
import { delimiter } from 'node:path'
import { ConfigurationError, type GivenOption } from '@tercet/sdk/settings'
import { expandVariables } from './expand-variables.ts'

/** What a file of parameters adds to a command line. */
export interface Parameters {
  /** Stands for the first argument. */
  readonly target: string | undefined
  /** Stand for the sources. */
  readonly sources: readonly string[]
  readonly options: readonly GivenOption[]
  readonly prepended: readonly GivenOption[]
  readonly appended: readonly GivenOption[]
  readonly replaced: readonly GivenOption[] | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads a file with one `--name=value` a line. `--source`, `--target`, `--prepend-filter`, `--append-filter` and
 * `--replace-filter` stand for the arguments and for filters; in them, variables of the environment are expanded.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE` when it cannot be read or understood
 */
export function readParameters(path: string, environment: Environment): Parameters {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unknown reason'
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `--parameters-file: ${path} cannot be read (${reason})`
    )
  }
  return parseParameters(text, path, environment)
}

export function parseParameters(text: string, path: string, environment: Environment): Parameters {
  const options: GivenOption[] = []
  const pseudo = new Map<string, string>()
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const match = /^--([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(line.trim())
    if (match === null) throw notAnOption(path, index + 1)
    const [, option = '', value] = match
    if (PSEUDO.includes(option)) pseudo.set(option, expandVariables(value ?? '', environment))
    else options.push({ option, text: value })
  }
  const list = (name: string): string[] =>
    (pseudo.get(name) ?? '').split(delimiter).filter((item) => item !== '')
  const filters = (name: string): GivenOption[] => list(name).map((rule) => filterOption(rule, name, path))
  return {
    target: pseudo.get('target'),
    sources: list('source'),
    options,
    prepended: filters('prepend-filter'),
    appended: filters('append-filter'),
    replaced: pseudo.has('replace-filter') ? filters('replace-filter') : undefined
  }
}

const PSEUDO = ['source', 'target', 'prepend-filter', 'append-filter', 'replace-filter']
const FILTERS = ['include', 'exclude']

/**
 * The options of the command line and of the file together. An option in the file takes the place of the same one on
 * the command line.
 *
 * @throws ConfigurationError `CONFIG_CONFLICT` when both have `--include` or `--exclude`
 */
export function mergeParameters(given: readonly GivenOption[], parameters: Parameters): GivenOption[] {
  const isFilter = ({ option }: GivenOption): boolean => FILTERS.includes(option)
  if (given.some(isFilter) && parameters.options.some(isFilter))
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      'Give filters either on the command line or in the file of parameters; --append-filter in the file adds to them'
    )
  const inFile = new Set(parameters.options.map(({ option }) => option))
  const merged = [...given.filter(({ option }) => !inFile.has(option)), ...parameters.options]
  const filters = parameters.replaced ?? merged.filter(isFilter)
  const others = merged.filter((option) => !isFilter(option))
  return [...others, ...parameters.prepended, ...filters, ...parameters.appended]
}

function filterOption(rule: string, name: string, path: string): GivenOption {
  const sign = rule[0]
  if ((sign === '+' || sign === '-') && rule.length > 1)
    return { option: sign === '+' ? 'include' : 'exclude', text: rule.slice(1) }
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `${path}: --${name}: "${rule}" must begin with "+" or "-", followed by an expression`
  )
}

/** The line itself is not shown: it may be a secret that lost its name. */
function notAnOption(path: string, line: number): ConfigurationError {
  return new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `${path}, line ${line}: write one --name=value a line`
  )
}
