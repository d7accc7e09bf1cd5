import { ConfigurationError } from '@tercet/interface'

const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const ORDINALS = ['first', 'second', 'third', 'fourth', 'fifth']
const TIME = '(?:\\s+at\\s+(\\d{1,2}):(\\d{2}))'

/**
 * The cron expression that a schedule in words stands for: `every day at 3:00`, `every weekday at 6:30`,
 * `every Monday and Thursday at 22:00`, `every 3rd Monday at 15:00`, `every last Friday at 18:00`,
 * `every month on the 1st at 4:00`, `every month on the last day at 4:00`, `every hour`, `every 6 hours`,
 * `every 15 minutes`. A cron expression with five fields stands for itself.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function parseSchedule(text: string): string {
  const words = text.trim().toLowerCase().replace(/\s+/g, ' ')
  if (/^[\d*][\d*,/-]*( [\d*?][\d*,/a-z#?-]*){4}$/.test(words)) return words
  const found = interval(words) ?? daily(words) ?? monthly(words) ?? nthWeekday(words) ?? weekly(words)
  if (found !== undefined) return found
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    `"${text}" is no schedule; write "every day at 3:00", "every 3rd Monday at 15:00", "every 6 hours" or a cron expression`,
    { context: { schedule: text } }
  )
}

function interval(words: string): string | undefined {
  const match = /^every (?:(\d+) )?(minute|hour)s?$/.exec(words)
  if (match === null) return undefined
  const count = Number(match[1] ?? 1)
  const whole = match[2] === 'minute' ? 60 : 24
  // Any other number would make one pause of each hour or day shorter than the rest.
  if (count < 1 || whole % count !== 0 || count === whole) return undefined
  return match[2] === 'minute' ? `*/${count} * * * *` : `0 */${count} * * *`
}

function daily(words: string): string | undefined {
  const match = new RegExp(`^every (day|weekday|weekend day)${TIME}$`).exec(words)
  if (match === null) return undefined
  return at(match[2], match[3], `* * ${{ day: '*', weekday: '1-5', 'weekend day': '0,6' }[match[1]!]}`)
}

function monthly(words: string): string | undefined {
  const match = new RegExp(`^every month on the (?:(\\d{1,2})(?:st|nd|rd|th)|(last) day)${TIME}$`).exec(words)
  if (match === null) return undefined
  const day = match[2] === undefined ? Number(match[1]) : 'L'
  if (day !== 'L' && (day < 1 || day > 31)) return undefined
  return at(match[3], match[4], `${day} * *`)
}

function nthWeekday(words: string): string | undefined {
  const match = new RegExp(`^every (?:(\\d)(?:st|nd|rd|th)|([a-z]+)) ([a-z]+)${TIME}$`).exec(words)
  if (match === null) return undefined
  const number = match[1] === undefined ? ORDINALS.indexOf(match[2]!) + 1 : Number(match[1])
  const which = match[2] === 'last' ? 'L' : number
  const day = dayOf(match[3]!)
  if (day === undefined || (which !== 'L' && (which < 1 || which > 5))) return undefined
  return at(match[4], match[5], `* * ${day}#${which}`)
}

function weekly(words: string): string | undefined {
  const match = new RegExp(`^every ([a-z, ]+?)${TIME}$`).exec(words)
  const days = match?.[1]?.split(/,? and |, ?/).map(dayOf)
  if (match == null || days === undefined || days.includes(undefined)) return undefined
  return at(match[2], match[3], `* * ${days.join(',')}`)
}

function at(hours: string | undefined, minutes: string | undefined, rest: string): string | undefined {
  const [hour, minute] = [Number(hours), Number(minutes)]
  return hour < 24 && minute < 60 ? `${minute} ${hour} ${rest}` : undefined
}

/** 0 is Sunday; three letters are enough. */
export function dayOf(word: string): number | undefined {
  const name = word.trim().toLowerCase().replace(/s$/, '')
  const index = name.length < 3 ? -1 : DAYS.findIndex((day) => day.startsWith(name))
  return index < 0 ? undefined : index
}
