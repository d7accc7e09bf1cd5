/** The time text of the format (section 0): `yyyyMMdd'T'HHmmss'Z'`, UTC, whole seconds. */

/** @throws RangeError for a time outside the years 0 to 9999 */
export function formatTime(unixSeconds: number): string {
  const iso = new Date(Math.floor(unixSeconds) * 1000).toISOString()
  if (iso.length !== 24) throw new RangeError(`No time text for ${unixSeconds}: the year needs four digits`)
  return `${iso.slice(0, 4)}${iso.slice(5, 7)}${iso.slice(8, 13)}${iso.slice(14, 16)}${iso.slice(17, 19)}Z`
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
  const moment = new Date(0)
  moment.setUTCFullYear(year, month - 1, day)
  if (moment.getUTCDate() !== day) return undefined
  return moment.getTime() / 1000 + hour * 3600 + minute * 60 + second
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
