import { isTercetError } from '@tercet/interface'
import { type JsonValue, settingsFromOptions, settingsOf } from '@tercet/sdk'
import { JobsError } from '../jobs-error.ts'
import type { ScheduleSettings } from '../schedule/schedule.ts'
import { checkJob, type Job, RETENTION_KEYS } from './job.ts'

/** A job, and what of the original it could not take along. */
export interface ImportedJob {
  readonly name: string
  readonly job: Job
  readonly notes: readonly string[]
}

interface Exported {
  readonly Schedule?: {
    readonly Time?: string
    readonly Repeat?: string
    readonly AllowedDays?: readonly string[]
  } | null
  readonly Backup: {
    readonly Name?: string
    readonly TargetURL: string
    readonly Sources?: readonly string[]
    readonly Settings?: readonly { readonly Name: string; readonly Value?: string | null }[]
    readonly Filters?: readonly {
      readonly Order?: number
      readonly Include?: boolean
      readonly Expression: string
    }[]
  }
}

/**
 * Reads the configuration that Duplicati exports as JSON, not encrypted. What has no counterpart is left out, with a note
 * for each.
 *
 * @param timezone whose clock on the wall the schedule keeps @defaultValue UTC, as Duplicati stores it
 * @throws JobsError `JOB_FILE_INVALID`
 */
export function importDuplicatiJob(text: string, timezone = 'UTC'): ImportedJob {
  const exported = parse(text)
  const { Backup: backup, Schedule: schedule } = exported
  const notes: string[] = []
  const { destination, username, password, destinationOptions } = readTarget(backup.TargetURL)
  const { values, passphrase } = readSettings(backup, notes)
  const openNames = new Set(settingsOf('open').map(({ name }) => name))
  const part = (matches: (name: string) => boolean) => {
    const entries = Object.entries(values).filter(([name]) => matches(name))
    return entries.length === 0 ? undefined : Object.fromEntries(entries)
  }
  const job = JSON.parse(
    JSON.stringify({
      sources: backup.Sources ?? [],
      destination,
      destinationOptions,
      username,
      password,
      passphrase,
      open: part((name) => openNames.has(name)),
      backup: part((name) => !openNames.has(name) && !RETENTION_KEYS.includes(name)),
      retention: part((name) => RETENTION_KEYS.includes(name)),
      schedule: schedule ? readSchedule(schedule, timezone, notes) : undefined
    })
  )
  const name = (backup.Name ?? 'imported').replace(/[^\w .-]/g, '_') || 'imported'
  try {
    checkJob(job, name)
  } catch (error) {
    throw invalid(isTercetError(error) ? error.message : 'cannot be understood')
  }
  return { name, job, notes }
}

/** A text is the export of a job by Duplicati. */
export function isDuplicatiExport(text: string): boolean {
  try {
    parse(text)
    return true
  } catch {
    return false
  }
}

function parse(text: string): Exported {
  let value: Partial<Exported> | null
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''))
  } catch {
    throw invalid('it is no JSON; export it without encryption')
  }
  const backup = value?.Backup
  if (typeof backup?.TargetURL === 'string' && Array.isArray(backup.Sources)) return value as Exported
  throw invalid('it has no Backup with TargetURL and Sources')
}

function readTarget(url: string) {
  const [, place = url, query] = /^([^?]*)\?(.*)$/s.exec(url) ?? []
  const options = Object.fromEntries(new URLSearchParams(query ?? ''))
  const { 'auth-username': username, 'auth-password': password, ...others } = options
  return {
    destination: place,
    username,
    password,
    destinationOptions: Object.keys(others).length === 0 ? undefined : others
  }
}

function readSettings({ Settings = [], Filters = [] }: Exported['Backup'], notes: string[]) {
  const values: Record<string, JsonValue> = {}
  let passphrase: string | undefined
  for (const { Name, Value } of Settings) {
    const option = Name.replace(/^--/, '')
    if (option === 'passphrase') passphrase = Value ?? undefined
    else
      try {
        const given = [{ option, text: Value ?? undefined }]
        const note = (_: string, reason: string) => notes.push(`--${option} is not needed: ${reason}`)
        Object.assign(values, settingsFromOptions(['open', 'backup'], given, note))
      } catch (error) {
        if (!isTercetError(error)) throw error
        notes.push(`--${option} was left out: ${error.message}`)
      }
  }
  const rules = [...Filters]
    .sort((a, b) => (a.Order ?? 0) - (b.Order ?? 0))
    .map(({ Include, Expression }) => `${Include === true ? '+' : '-'}${Expression}`)
  if (rules.length > 0)
    values['filters'] = [...((values['filters'] as readonly string[] | undefined) ?? []), ...rules]
  return { values, passphrase }
}

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

function readSchedule(
  { Time, Repeat = '', AllowedDays = [] }: NonNullable<Exported['Schedule']>,
  timezone: string,
  notes: string[]
): ScheduleSettings | undefined {
  const time = new Date(Time ?? '')
  if (Number.isNaN(time.getTime())) {
    notes.push('The schedule was left out: its time cannot be read')
    return undefined
  }
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: timezone,
    hour: '2-digit',
    minute: '2-digit',
    weekday: 'long',
    day: 'numeric',
    hourCycle: 'h23'
  }).formatToParts(time)
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? ''
  const at = `at ${Number(part('hour'))}:${part('minute')}`
  const every = {
    '1D': `every day ${at}`,
    '24h': `every day ${at}`,
    '1W': `every ${part('weekday')} ${at}`,
    '7D': `every ${part('weekday')} ${at}`,
    '1M': `${Number(part('minute'))} ${Number(part('hour'))} ${part('day')} * *`,
    '1h': `${Number(part('minute'))} * * * *`,
    '60m': `${Number(part('minute'))} * * * *`
  }[Repeat]
  if (every === undefined) {
    notes.push(`The schedule was left out: every ${Repeat || '?'} has no counterpart; write one`)
    return undefined
  }
  const allowedDays = AllowedDays.map((day) => day.toLowerCase()).filter((day) => DAYS.includes(day))
  return { every, timezone, ...(allowedDays.length === 0 || allowedDays.length === 7 ? {} : { allowedDays }) }
}

function invalid(problem: string): JobsError {
  return new JobsError('JOB_FILE_INVALID', `This export of Duplicati cannot be read: ${problem}`)
}
