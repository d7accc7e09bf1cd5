import { ConfigurationError } from '@tercet/interface'

const SECOND_MS = 1000
const UNIT_MS: Readonly<Record<string, number>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: 3600 * SECOND_MS,
  D: 86_400 * SECOND_MS,
  W: 7 * 86_400 * SECOND_MS,
  M: 30 * 86_400 * SECOND_MS,
  Y: 365 * 86_400 * SECOND_MS
}

const UNIT_LIST = /^(?:\d{1,12}[smhDWMY])+$/
const TIME_SPAN = /^(?:(\d{1,8})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,7}))?)?$/

const ADVICE =
  'a duration: units such as 30s, 10m, 1h, 2D12h, 1W (m is a minute, M a month of 30 days), or a time span such as 7.00:00:00'

/**
 * Milliseconds of a duration as Duplicati's users write it: a list of units (`s m h D W M Y`, the case counts, a month
 * has 30 days and a year 365), or a time span `[d.]hh:mm[:ss[.fraction]]`. A bare number is seconds where
 * `bareNumber` says so; in a time span it would be days, so elsewhere it is refused. Always more than nothing.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`; the message begins with `where`
 */
export function parseDuration(
  text: string,
  {
    where = 'duration',
    bareNumber = false
  }: { where?: string | undefined; bareNumber?: boolean | undefined } = {}
): number {
  const milliseconds = bareNumber && /^\d{1,12}$/.test(text) ? Number(text) * SECOND_MS : millisecondsOf(text)
  if (milliseconds === undefined) throw invalid(where, text, `is not ${ADVICE}`)
  if (milliseconds <= 0) throw invalid(where, text, 'must be more than nothing')
  if (!Number.isSafeInteger(milliseconds)) throw invalid(where, text, 'is too long')
  return milliseconds
}

function millisecondsOf(text: string): number | undefined {
  if (UNIT_LIST.test(text)) {
    let sum = 0
    for (const [, count, unit] of text.matchAll(/(\d+)([smhDWMY])/g)) sum += Number(count) * UNIT_MS[unit!]!
    return sum
  }
  const match = TIME_SPAN.exec(text)
  if (match === null) return undefined
  const [days, hours, minutes, seconds] = match.slice(1, 5).map((field) => Number(field ?? 0)) as [
    number,
    number,
    number,
    number
  ]
  if (hours > 23 || minutes > 59 || seconds > 59) return undefined
  // Less than a millisecond counts as one: it is more than nothing.
  const fraction = Math.ceil(Number(`0.${match[5] ?? 0}`) * SECOND_MS)
  return days * UNIT_MS['D']! + (hours * 3600 + minutes * 60 + seconds) * SECOND_MS + fraction
}

function invalid(where: string, text: string, problem: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${where}: ${JSON.stringify(text)} ${problem}`, {
    context: { key: where }
  })
}

const SHOWN: readonly (readonly [string, number])[] = [
  ['D', UNIT_MS['D']!],
  ['h', UNIT_MS['h']!],
  ['m', UNIT_MS['m']!],
  ['s', UNIT_MS['s']!]
]

/** The duration as a list of units, rounded to whole seconds; {@link parseDuration} reads it, unless it is `0s`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.max(0, Math.round(milliseconds / SECOND_MS)) * SECOND_MS
  let text = ''
  for (const [unit, size] of SHOWN) {
    const count = Math.floor(rest / size)
    rest -= count * size
    if (count > 0) text += `${count}${unit}`
  }
  return text === '' ? '0s' : text
}
