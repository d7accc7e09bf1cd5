import { assertKnownKeys, ConfigurationError } from '@tercet/interface'
import { Cron } from 'croner'
import { dayOf, parseSchedule } from './parse-schedule.ts'

/** When a job is due. */
export interface ScheduleSettings {
  /** In words, or a cron expression: see `parseSchedule`. */
  readonly every: string
  /** Where the times are those of the clock on the wall, such as `Europe/Berlin`. @defaultValue that of the machine */
  readonly timezone?: string | undefined
  /** Days of the week on which it may be due; others are passed over. @defaultValue all */
  readonly allowedDays?: readonly string[] | undefined
  /** Wait until the machine has little to do. @defaultValue false */
  readonly onlyWhenIdle?: boolean | undefined
  /** Wait until the machine is not on battery. @defaultValue false */
  readonly onlyOnMains?: boolean | undefined
}

export interface Schedule {
  readonly settings: ScheduleSettings
  /**
   * The first date after a moment; undefined: there is none any more. Where clocks are set forward, a time that is
   * left out becomes the first after the gap; where they are set back, one that comes twice counts once.
   */
  next(after: Date): Date | undefined
}

const KEYS = ['every', 'timezone', 'allowedDays', 'onlyWhenIdle', 'onlyOnMains']
/** Dates that are looked at for one on a day that is allowed: more minutes than six days have. */
const MOST_DATES = 10_000

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function createSchedule(settings: ScheduleSettings): Schedule {
  assertKnownKeys(settings, KEYS, 'schedule')
  const { every, timezone } = settings
  if (typeof every !== 'string') throw invalid('every', 'must be a text')
  const pattern = parseSchedule(every)
  const allowed = settings.allowedDays?.map((day) => {
    const index = typeof day === 'string' ? dayOf(day) : undefined
    if (index === undefined) throw invalid('allowedDays', `has "${String(day)}", which is no day of the week`)
    return index
  })
  if (allowed?.length === 0) throw invalid('allowedDays', 'allows no day')
  assertZone(timezone)
  const cron = createCron(pattern, every, timezone)
  const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: timezone })
  const isAllowed = (date: Date): boolean => allowed?.includes(dayOf(weekday.format(date))!) ?? true
  return {
    settings,
    next(after) {
      let date = cron.nextRun(after)
      for (let count = 0; date !== null && count < MOST_DATES; count++) {
        if (isAllowed(date)) return date
        date = cron.nextRun(date)
      }
      return undefined
    }
  }
}

function createCron(pattern: string, every: string, timezone: string | undefined): Cron {
  try {
    return new Cron(pattern, { paused: true, ...(timezone === undefined ? {} : { timezone }) })
  } catch {
    throw invalid('every', `"${every}" is no schedule`)
  }
}

function assertZone(timezone: string | undefined): void {
  if (timezone === undefined) return
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
  } catch {
    throw invalid('timezone', `"${timezone}" is not known; write one such as Europe/Berlin`)
  }
}

function invalid(key: string, problem: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `schedule: "${key}" ${problem}`, { context: { key } })
}
