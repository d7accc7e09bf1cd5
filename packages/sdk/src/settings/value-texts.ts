import { invalidValue } from './invalid-value.ts'

const UNITS = { b: 0, kb: 1, kib: 1, mb: 2, mib: 2, gb: 3, gib: 3, tb: 4, tib: 4 } as const
const SECONDS = { s: 1, m: 60, h: 3600, D: 86_400, W: 604_800, M: 30 * 86_400, Y: 365 * 86_400 } as const

/** `1 on true yes` and `0 off false no`, in any case; any other text is refused. */
export function parseBooleanText(text: string, shown: string): boolean {
  const lower = text.toLowerCase()
  if (['1', 'on', 'true', 'yes'].includes(lower)) return true
  if (['0', 'off', 'false', 'no'].includes(lower)) return false
  throw invalidValue(shown, text, 'true or false')
}

export function parseIntegerText(text: string, shown: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(value)) return value
  throw invalidValue(shown, text, 'a whole number')
}

/** Bytes. All units are powers of 1024; a text without one is in `unit`. */
export function parseSizeText(text: string, unit: 'kb' | 'mb', shown: string): number {
  const [, digits, suffix] = /^(\d{1,16})\s*([kmgt]i?b|b)?$/i.exec(text) ?? []
  const exponent = UNITS[(suffix?.toLowerCase() ?? unit) as keyof typeof UNITS]
  const bytes = Number(digits) * 1024 ** exponent
  if (Number.isSafeInteger(bytes)) return bytes
  throw invalidValue(shown, text, 'a size such as 500kb, 50mb or 2gb')
}

/** Milliseconds. Units are case-sensitive (`m` minute, `M` month of 30 days); a bare number is seconds. */
export function parseDurationText(text: string, shown: string): number {
  const parts = /^\d{1,12}$/.test(text) ? `${text}s` : text
  if (/^(?:\d{1,12}[smhDWMY])+$/.test(parts)) {
    let seconds = 0
    for (const [, count, unit] of parts.matchAll(/(\d+)([smhDWMY])/g))
      seconds += Number(count) * SECONDS[unit as keyof typeof SECONDS]
    if (Number.isSafeInteger(seconds * 1000)) return seconds * 1000
  }
  throw invalidValue(shown, text, 'a duration such as 30s, 10m, 1D12h (m is a minute, M a month)')
}

export function parseChoiceText(text: string, choices: readonly string[], shown: string): string {
  const found = choices.find((choice) => choice.toLowerCase() === text.toLowerCase())
  if (found !== undefined) return found
  throw invalidValue(shown, text, `one of ${choices.join(', ')}`)
}

/** Items between separators; empty ones are dropped, so that an empty text is an empty list. */
export function parseListText(text: string, separator: string): string[] {
  return text.split(separator).filter((item) => item !== '')
}
