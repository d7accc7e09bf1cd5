import { ConfigurationError } from '@tercet/interface'

/** One sum of a duration: a whole number and a unit. Units are case-sensitive: `m` is a minute, `M` a month. */
const DURATION_PART = /(\d{1,9})([smhDWMY])/g
const DURATION = /^(?:\d{1,9}[smhDWMY])+$/
const MILLISECONDS = { s: 1e3, m: 60e3, h: 3600e3, D: 86_400e3, W: 604_800e3 } as const

const COMPACT = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/
const CALENDAR =
  /^(\d{4})(?:-(\d{2})-(\d{2})|\/(\d{1,2})\/(\d{1,2}))(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/

/**
 * The moment that a text for `time` names, whatever the locale.
 *
 * - `now`
 * - a duration such as `2M`, `-2M` or `1D12h`: so long *before* now; months and years by the (UTC) calendar
 * - `20240501T100000Z`: UTC
 * - ISO 8601 or `2015/9/10`, with or without a time of day; without an offset in the local time zone
 *
 * A bare number is rejected, because nobody can tell seconds, days and dates apart.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseTime(text: string, now: Date): Date {
  const trimmed = text.trim()
  if (trimmed === 'now') return new Date(now)
  const duration = trimmed.startsWith('-') ? trimmed.slice(1) : trimmed
  const moment = DURATION.test(duration)
    ? before(now, duration)
    : (parseCompact(trimmed) ?? parseCalendar(trimmed))
  if (moment !== undefined && !Number.isNaN(moment.getTime())) return moment
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `"${text}" is not a time. Write a date (2024-05-01, 2024-05-01T10:00:00Z, 20240501T100000Z, 2015/9/10), a duration before now (2M, 1D12h) or "now"`,
    { context: { key: 'time' } }
  )
}

function before(now: Date, duration: string): Date {
  const moment = new Date(now)
  for (const [, amount, unit] of duration.matchAll(DURATION_PART)) {
    const count = Number(amount)
    if (unit === 'M') subtractMonths(moment, count)
    else if (unit === 'Y') subtractMonths(moment, 12 * count)
    else moment.setTime(moment.getTime() - count * MILLISECONDS[unit as keyof typeof MILLISECONDS])
  }
  return moment
}

/** The same day of an earlier month, or that month's last day where it is shorter. */
function subtractMonths(moment: Date, months: number): void {
  const day = moment.getUTCDate()
  moment.setUTCDate(1)
  moment.setUTCMonth(moment.getUTCMonth() - months)
  const lastDay = new Date(Date.UTC(moment.getUTCFullYear(), moment.getUTCMonth() + 1, 0)).getUTCDate()
  moment.setUTCDate(Math.min(day, lastDay))
}

function parseCompact(text: string): Date | undefined {
  const parts = COMPACT.exec(text)?.slice(1).map(Number)
  if (parts === undefined) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
  if (!isDayTime(year, month, day, hour, minute, second)) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second))
}

function parseCalendar(text: string): Date | undefined {
  const found = CALENDAR.exec(text)
  if (found === null) return undefined
  const number = (index: number): number => Number(found[index] ?? 0)
  const [year, month, day] = [number(1), number(2) || number(4), number(3) || number(5)]
  const [hour, minute, second] = [number(6), number(7), number(8)]
  if (!isDayTime(year, month, day, hour, minute, second)) return undefined
  const millisecond = Number((found[9] ?? '').padEnd(3, '0').slice(0, 3))
  const zone = found[10]
  if (zone === undefined) return new Date(year, month - 1, day, hour, minute, second, millisecond)
  const offset = offsetMinutes(zone)
  if (offset === undefined) return undefined
  return new Date(Date.UTC(year, month - 1, day, hour, minute, second, millisecond) - offset * 60e3)
}

function offsetMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}

function isDayTime(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number
): boolean {
  const date = new Date(Date.UTC(year, month - 1, day))
  const isDay =
    year >= 1000 &&
    date.getUTCFullYear() === year &&
    date.getUTCMonth() === month - 1 &&
    date.getUTCDate() === day
  return isDay && hour < 24 && minute < 60 && second < 60
}
