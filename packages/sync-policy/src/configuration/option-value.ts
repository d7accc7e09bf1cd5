import { parseDuration } from '../duration.ts'
import { rejected, wrongValue } from './reject.ts'
import type { ContentsDepth, Share, SyncOptionType } from './sync-option.ts'

/** What an option amounts to, once it is understood. */
export type OptionValue = boolean | number | string | Share | Readonly<Record<string, string>>

const DEPTHS: readonly ContentsDepth[] = ['listing', 'checksum', 'download']
const UNITS: Readonly<Record<string, number>> = { b: 0, kb: 1, mb: 2, gb: 3, tb: 4 }

/**
 * Checks a value as it stands in JSON. Nothing is guessed: `"5"` is no number.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT` for a key that is repeated in pairs
 */
export function resolveOptionValue(type: SyncOptionType, value: unknown, where: string): OptionValue {
  switch (type.kind) {
    case 'boolean':
      if (typeof value === 'boolean') return value
      throw wrongValue(where, value, 'true or false')
    case 'integer':
      return integer(value, type.minimum, type.maximum, where)
    case 'milliseconds':
      return integer(value, 0, undefined, where)
    case 'choice':
      return choice(value, type.choices, where)
    case 'contents':
      if (typeof value === 'boolean') return value ? 'download' : 'listing'
      return choice(value, DEPTHS, where)
    case 'duration':
      if (typeof value === 'string') return parseDuration(value, { where })
      throw wrongValue(where, value, 'a text')
    case 'size':
      return size(value, type.minimum, where)
    case 'share':
      return share(value, where)
    case 'pairs':
      return pairs(value, where)
    case 'text':
    case 'path':
      if (typeof value === 'string' && value !== '') return value
      throw wrongValue(where, value, 'a text that is not empty')
  }
}

function integer(value: unknown, least: number, most: number | undefined, where: string): number {
  const fits = Number.isSafeInteger(value) && (value as number) >= least
  if (fits && (value as number) <= (most ?? Number.MAX_SAFE_INTEGER)) return value as number
  const range = most === undefined ? `of at least ${least}` : `from ${least} to ${most}`
  throw wrongValue(where, value, `a whole number ${range}`)
}

function choice(value: unknown, choices: readonly string[], where: string): string {
  const lower = typeof value === 'string' ? value.toLowerCase() : undefined
  const found = choices.find((one) => one.toLowerCase() === lower)
  if (found !== undefined) return found
  throw wrongValue(where, value, `one of ${choices.join(', ')}`)
}

function size(value: unknown, minimum: number, where: string): number {
  const bytes = typeof value === 'string' ? sizeOf(value) : value
  if (Number.isSafeInteger(bytes) && (bytes as number) >= minimum) return bytes as number
  throw wrongValue(where, value, `a number of bytes of at least ${minimum}, or a text such as "500mb"`)
}

function sizeOf(text: string): number {
  const [, digits, unit = 'b'] = /^(\d{1,16})\s*([kmgt]?b)$/i.exec(text) ?? []
  return digits === undefined ? Number.NaN : Number(digits) * 1024 ** UNITS[unit.toLowerCase()]!
}

function share(value: unknown, where: string): Share {
  const percent = typeof value === 'string' ? /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(value)?.[1] : undefined
  if (percent === undefined) return { bytes: size(value, 1, where) }
  if (Number(percent) > 0 && Number(percent) <= 100) return { part: Number(percent) / 100 }
  throw wrongValue(where, value, 'more than 0% and at most 100%')
}

/** Split at the first `=`; what follows belongs to the value as it is, quotes too. */
function pairs(value: unknown, where: string): Readonly<Record<string, string>> {
  if (!Array.isArray(value))
    throw rejected('CONFIG_INVALID_VALUE', where, 'must be a list of texts of the form key=value')
  const found = new Map<string, string>()
  value.forEach((pair: unknown, index) => {
    const here = `${where}[${index}]`
    const split = typeof pair === 'string' ? pair.indexOf('=') : -1
    // The text itself may be a secret, so it is not repeated.
    if (split < 1) throw rejected('CONFIG_INVALID_VALUE', here, 'must be a text of the form key=value')
    const key = (pair as string).slice(0, split)
    if (found.has(key)) throw rejected('CONFIG_CONFLICT', here, `"${key}" is given twice`)
    found.set(key, (pair as string).slice(split + 1))
  })
  return Object.assign(Object.create(null), Object.fromEntries(found))
}
