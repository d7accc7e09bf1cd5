/** Seconds from the first day of year 1 to 1970. */
const EPOCH_SECONDS = 62_135_596_800
/** The last second of year 9999, counted from year 1. */
const LAST_SECOND = 315_537_897_599

/** A moment as the system counts it: seconds since 1970 and nanoseconds after that second. */
export interface Timestamp {
  readonly seconds: number
  readonly nanoseconds: number
}

/**
 * The moment in ticks, which are tenths of a microsecond since year 1, in decimal: what metadata holds. What lies outside
 * the years 1 to 9999 becomes the nearest moment inside. Made without bigints, since it is done twice for each file.
 */
export function formatTicks(seconds: number, nanoseconds: number): string {
  const sinceYearOne = seconds + EPOCH_SECONDS
  if (sinceYearOne < 0) return '0'
  if (sinceYearOne > LAST_SECOND) return `${LAST_SECOND}9999999`
  const fraction = Math.floor(nanoseconds / 100)
  return sinceYearOne === 0 ? String(fraction) : `${sinceYearOne}${String(fraction).padStart(7, '0')}`
}

/** Undefined: not a decimal number of ticks within the years 1 to 9999. */
export function parseTicks(text: string): Timestamp | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined
  const padded = text.padStart(8, '0')
  const sinceYearOne = Number(padded.slice(0, -7))
  if (sinceYearOne > LAST_SECOND) return undefined
  return { seconds: sinceYearOne - EPOCH_SECONDS, nanoseconds: Number(padded.slice(-7)) * 100 }
}
