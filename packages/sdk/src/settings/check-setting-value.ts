import { invalidValue } from './invalid-value.ts'
import type { SettingType } from './setting.ts'

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` when `value` is not what the type allows */
export function checkSettingValue(type: SettingType, value: unknown, shown: string): void {
  const expected = problemOf(type, value)
  if (expected !== undefined) throw invalidValue(shown, value, expected)
}

const EXPECTED = { time: 'a time', text: 'a text', path: 'a path' } as const

/** What the value should have been; undefined when it is right. */
function problemOf(type: SettingType, value: unknown): string | undefined {
  switch (type.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? undefined : 'true or false'
    case 'integer':
    case 'size':
      return numberProblem(value, type.minimum, type.maximum, type.kind === 'size' ? ' bytes' : '')
    case 'versions':
      return isVersionList(value) ? undefined : 'a list of whole numbers from 0, the newest'
    case 'share':
      return typeof value === 'number' && value >= 0 && value <= 1 ? undefined : 'a number from 0 to 1'
    case 'percent':
      return typeof value === 'number' && value >= 0 && value <= 100 ? undefined : 'a number from 0 to 100'
    case 'samples':
      return value === 'all' || numberProblem(value, 0, undefined, '') === undefined
        ? undefined
        : 'a whole number from 0, or "all"'
    case 'duration':
      return numberProblem(value, 0, undefined, ' milliseconds')
    case 'choice':
      return type.choices.includes(value as string) ? undefined : `one of ${type.choices.join(', ')}`
    case 'list':
    case 'paths':
      return isTextList(value) ? undefined : 'a list of texts that are not empty'
    case 'path-list':
      return isTextList(value) || isListFile(value)
        ? undefined
        : 'a list of paths, or { listFile: a file with one path a line }'
    case 'filters':
      return isTextList(value) && value.every((rule) => /^[+-]./s.test(rule))
        ? undefined
        : 'a list of rules that each begin with "+" or "-", followed by an expression'
    case 'compression':
      return compressionProblem(value)
    case 'configuration':
      return isConfiguration(value) ? undefined : 'JSON, the name of a file with it, or an object'
    case 'time':
    case 'text':
    case 'path':
      return typeof value === 'string' && value !== '' ? undefined : EXPECTED[type.kind]
  }
}

function numberProblem(
  value: unknown,
  minimum: number,
  maximum: number | undefined,
  unit: string
): string | undefined {
  const fits = Number.isSafeInteger(value) && (value as number) >= minimum
  if (fits && (value as number) <= (maximum ?? Number.MAX_SAFE_INTEGER)) return undefined
  return maximum === undefined
    ? `a whole number of at least ${minimum}${unit}`
    : `a whole number from ${minimum} to ${maximum}${unit}`
}

function isVersionList(value: unknown): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  return value.every((number) => Number.isSafeInteger(number) && number >= 0)
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
}

function isConfiguration(value: unknown): boolean {
  if (typeof value === 'string') return value !== ''
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isListFile(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const { listFile, ...rest } = value as Record<string, unknown>
  return typeof listFile === 'string' && listFile !== '' && Object.keys(rest).length === 0
}

const LEVELS: Readonly<Record<string, readonly [number, number]>> = {
  zstd: [1, 22],
  deflate: [1, 9],
  tgz: [1, 9],
  tzstd: [1, 22]
}

function compressionProblem(value: unknown): string | undefined {
  const expected =
    '{ method: "zstd" or "tzstd", level: 1 to 22 }, { method: "deflate" or "tgz", level: 1 to 9 } or { method: "none" }'
  if (typeof value !== 'object' || value === null) return expected
  const { method, level, ...rest } = value as Record<string, unknown>
  if (Object.keys(rest).length > 0) return expected
  if (method === 'none') return level === undefined ? undefined : expected
  if (typeof method !== 'string' || !Object.hasOwn(LEVELS, method)) return expected
  const [lowest, highest] = LEVELS[method] as readonly [number, number]
  const fits =
    level === undefined ||
    (Number.isInteger(level) && (level as number) >= lowest && (level as number) <= highest)
  return fits ? undefined : expected
}
