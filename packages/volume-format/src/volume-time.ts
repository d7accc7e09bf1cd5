/** The time text of the format (section 0): `yyyyMMdd'T'HHmmss'Z'`, UTC, whole seconds. */

/** `00` to `59`. */
const TWO_DIGITS = Array.from({ length: 60 }, (_, value) => String(value).padStart(2, '0'))
const DAY_SECONDS = 86_400

/** The last day that was asked for: the times of a list are seldom far apart. */
let lastDay = Number.NaN
let lastDayText = ''

/** @throws RangeError for a time outside the years 0 to 9999 */
export function formatTime(unixSeconds: number): string {
  const day = Math.floor(unixSeconds / DAY_SECONDS)
  if (day !== lastDay) {
    lastDayText = formatDay(day, unixSeconds)
    lastDay = day
  }
  const second = Math.floor(unixSeconds) - day * DAY_SECONDS
  const hours = TWO_DIGITS[Math.floor(second / 3600)]
  const minutes = TWO_DIGITS[Math.floor(second / 60) % 60]
  return `${lastDayText}T${hours}${minutes}${TWO_DIGITS[second % 60]}Z`
}

function formatDay(day: number, unixSeconds: number): string {
  const iso = new Date(day * DAY_SECONDS * 1000).toISOString()
  if (iso.length !== 24) throw new RangeError(`No time text for ${unixSeconds}: the year needs four digits`)
  return iso.slice(0, 4) + iso.slice(5, 7) + iso.slice(8, 10)
}

/** Unix seconds, or undefined when the text is not the text of a real moment. */
export function parseTime(text: string): number | undefined {
  if (text.length !== 16 || text[8] !== 'T' || text[15] !== 'Z') return undefined
  const date = digits(text, 0, 8)
  const time = digits(text, 9, 15)
  if (date < 0 || time < 0) return undefined
  const year = Math.floor(date / 10_000)
  const month = Math.floor(date / 100) % 100
  const day = date % 100
  const hour = Math.floor(time / 10_000)
  const minute = Math.floor(time / 100) % 100
  const second = time % 100
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  if (day > 28 && day > daysInMonth(year, month)) return undefined
  return daysSinceEpoch(year, month, day) * DAY_SECONDS + hour * 3600 + minute * 60 + second
}

function daysInMonth(year: number, month: number): number {
  if (month !== 2) return 30 + ((month + (month > 7 ? 1 : 0)) % 2)
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** Days in the Gregorian calendar, without a `Date` for each entry of a list; years begin in March here. */
function daysSinceEpoch(year: number, month: number, day: number): number {
  const y = month > 2 ? year : year - 1
  const m = month > 2 ? month - 3 : month + 9
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400)
  return y * 365 + leapDays + Math.floor((153 * m + 2) / 5) + day - 1 - 719_468
}

function digits(text: string, from: number, to: number): number {
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
