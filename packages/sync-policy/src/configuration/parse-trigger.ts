import { parseDuration } from '../duration.ts'
import type { SyncTrigger } from './configuration.ts'
import type { ConfigurationObject } from './configuration-object.ts'
import { rejected, wrongValue } from './reject.ts'

/** Keys of a destination that say when it is due. */
export const TRIGGER_KEYS = ['mode', 'interval', 'schedule', 'count']

const MODES: Readonly<Record<string, SyncTrigger['mode']>> = {
  inline: 'inline',
  interval: 'interval',
  scheduled: 'interval',
  counting: 'counting'
}

/**
 * When a destination is due. Without a mode, what is given decides: an interval, a count, or neither.
 *
 * @param onAmbiguous told when both an interval and a count are given, and no mode
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`, `CONFIG_MISSING`
 */
export function parseTrigger(destination: ConfigurationObject, onAmbiguous: () => void): SyncTrigger {
  const intervalMs = intervalOf(destination)
  const count = destination.integer('count', 1)
  const mode = modeOf(destination)
  if (mode === undefined && intervalMs !== undefined && count !== undefined) onAmbiguous()
  switch (mode ?? (intervalMs !== undefined ? 'interval' : count !== undefined ? 'counting' : 'inline')) {
    case 'inline':
      return { mode: 'inline' }
    case 'interval':
      if (intervalMs !== undefined) return { mode: 'interval', intervalMs }
      throw missing(destination, 'an interval, such as "interval": "7D"')
    case 'counting':
      if (count !== undefined) return { mode: 'counting', count }
      throw missing(destination, 'a count of backups, such as "count": 5')
  }
}

function modeOf(destination: ConfigurationObject): SyncTrigger['mode'] | undefined {
  const text = destination.get('mode')
  if (text === undefined) return undefined
  const name = typeof text === 'string' ? text.toLowerCase() : ''
  if (Object.hasOwn(MODES, name)) return MODES[name]
  throw wrongValue(destination.at('mode'), text, `one of ${Object.keys(MODES).join(', ')}`)
}

/** `interval` takes a bare number of seconds, too; in `schedule` that would be days, so it is refused. */
function intervalOf(destination: ConfigurationObject): number | undefined {
  const interval = durationAt(destination, 'interval', true)
  const schedule = durationAt(destination, 'schedule', false)
  if (interval !== undefined && schedule !== undefined && interval !== schedule)
    throw rejected(
      'CONFIG_CONFLICT',
      destination.where,
      '"interval" and "schedule" mean the same and differ; leave one out'
    )
  return interval ?? schedule
}

function durationAt(destination: ConfigurationObject, key: string, bareNumber: boolean): number | undefined {
  const value = destination.get(key)
  if (value === undefined) return undefined
  const where = destination.at(key)
  if (typeof value === 'string') return parseDuration(value, { where, bareNumber })
  throw wrongValue(where, value, 'a text, such as "7D"')
}

function missing({ where }: ConfigurationObject, what: string) {
  return rejected('CONFIG_MISSING', where, `this mode needs ${what}`)
}
