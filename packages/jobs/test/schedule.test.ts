import { mkdirSync, writeFileSync } from 'node:fs'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { createVirtualClock, type VirtualClock } from '@tercet/testkit-faults'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createSchedule,
  machineState,
  nextDates,
  parseSchedule,
  runSchedule,
  type ScheduledJob,
  type ScheduleSettings
} from '../src/index.ts'

describe('words', () => {
  test.each([
    ['every day at 3:00', '0 3 * * *'],
    ['Every  Weekday at 06:30', '30 6 * * 1-5'],
    ['every weekend day at 9:05', '5 9 * * 0,6'],
    ['every Monday at 22:00', '0 22 * * 1'],
    ['every Monday, Wednesday and Friday at 22:00', '0 22 * * 1,3,5'],
    ['every 3rd Monday at 15:00', '0 15 * * 1#3'],
    ['every first Sunday at 0:00', '0 0 * * 0#1'],
    ['every last Friday at 18:00', '0 18 * * 5#L'],
    ['every month on the 1st at 4:00', '0 4 1 * *'],
    ['every month on the last day at 23:59', '59 23 L * *'],
    ['every hour', '0 */1 * * *'],
    ['every 6 hours', '0 */6 * * *'],
    ['every 15 minutes', '*/15 * * * *'],
    ['0 3 * * 1-5', '0 3 * * 1-5']
  ])('%s', (words, cron) => expect(parseSchedule(words)).toBe(cron))

  test.each([
    '',
    'daily',
    'every day',
    'every day at 24:00',
    'every day at 3:60',
    'every 7 hours',
    'every 6th Monday at 1:00',
    'every Fooday at 1:00',
    'every month on the 32nd at 1:00',
    '* * *',
    'every 0 minutes'
  ])('%j is refused', (words) =>
    expect(() => createSchedule({ every: words })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })
    )
  )

  test.each([{ timezone: 'Mars/Olympus' }, { allowedDays: [] }, { allowedDays: ['someday'] }, { evry: 'x' }])(
    '%j is refused',
    (wrong) => {
      expect(() => createSchedule({ every: 'every hour', ...wrong } as ScheduleSettings)).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^CONFIG_/) })
      )
    }
  )
})

describe('dates', () => {
  const dates = (settings: ScheduleSettings, from: string, count: number) => {
    const schedule = createSchedule(settings)
    const found: string[] = []
    let after = new Date(from)
    for (let i = 0; i < count; i++) {
      after = schedule.next(after)!
      found.push(after.toISOString().slice(0, 16))
    }
    return found
  }

  test('a time that the spring leaves out comes at the end of the gap; one that the autumn has twice comes once', () => {
    const settings = { every: 'every day at 2:30', timezone: 'Europe/Berlin' }
    expect(dates(settings, '2025-03-29T02:00:00Z', 2)).toEqual(['2025-03-30T01:00', '2025-03-31T00:30'])
    expect(dates(settings, '2025-10-25T02:00:00Z', 2)).toEqual(['2025-10-26T00:30', '2025-10-27T01:30'])
  })

  test('days that are not allowed are passed over, by the calendar of the zone', () => {
    const settings = { every: 'every day at 1:00', timezone: 'Asia/Tokyo', allowedDays: ['mon', 'Thursday'] }
    expect(dates(settings, '2025-01-01T00:00:00Z', 3)).toEqual([
      '2025-01-01T16:00',
      '2025-01-05T16:00',
      '2025-01-08T16:00'
    ])
    expect(
      createSchedule({ every: 'every Monday at 1:00', allowedDays: ['tue'] }).next(new Date())
    ).toBeUndefined()
  })

  test('every day has exactly one date, whatever the zone and its changes', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'America/Havana',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'America/Sao_Paulo',
      'Africa/Casablanca',
      'Pacific/Chatham'
    ]
    fc.assert(
      fc.property(
        fc.constantFrom(...zones),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: 0, max: 59 }),
        fc.integer({ min: 0, max: 365 * 10 }),
        (timezone, hour, minute, day) => {
          const schedule = createSchedule({
            every: `every day at ${hour}:${String(minute).padStart(2, '0')}`,
            timezone
          })
          const localDay = new Intl.DateTimeFormat('en-CA', { timeZone: timezone })
          const start = new Date(Date.UTC(2020, 0, 1 + day))
          let after = start
          const days: number[] = []
          for (let i = 0; i < 10; i++) {
            after = schedule.next(after)!
            days.push(Math.round(Date.parse(`${localDay.format(after)}T00:00:00Z`) / 86_400_000))
          }
          for (let i = 1; i < days.length; i++) expect(days[i]! - days[i - 1]!).toBe(1)
        }
      ),
      { seed: 7, numRuns: 60 }
    )
  })

  test('the next ones of several jobs come in order', () => {
    const jobs = [
      { name: 'late', schedule: createSchedule({ every: 'every day at 9:00', timezone: 'UTC' }) },
      { name: 'early', schedule: createSchedule({ every: 'every day at 3:00', timezone: 'UTC' }) },
      { name: 'never', schedule: createSchedule({ every: 'every Monday at 1:00', allowedDays: ['tue'] }) }
    ]
    expect(
      nextDates(jobs, new Date('2025-01-01T00:00:00Z')).map(({ name, at }) => `${name} ${at.toISOString()}`)
    ).toEqual(['early 2025-01-01T03:00:00.000Z', 'late 2025-01-01T09:00:00.000Z'])
  })
})

const HOUR = 3_600_000

/** A schedule that runs on a clock which only the test moves. */
function world(
  specs: Record<string, { destination?: string; every?: string; settings?: Partial<ScheduleSettings> }>,
  history: Pick<Map<string, number>, 'get' | 'set'> = new Map(),
  startAt = '2025-01-01T00:00:00Z'
) {
  const clock = createVirtualClock({ auto: false, startAt: new Date(startAt) })
  const log: string[] = []
  const state = { idle: true, mains: true }
  const holds = new Map<string, PromiseWithResolvers<void>>()
  const end = new AbortController()
  const jobs: ScheduledJob[] = Object.entries(specs).map(
    ([name, { destination = name, every = 'every day at 3:00', settings }]) => ({
      name,
      destination,
      schedule: createSchedule({ every, timezone: 'UTC', ...settings }),
      async run() {
        log.push(`${name} ${timeOf(clock)}`)
        await holds.get(name)?.promise
      }
    })
  )
  const events: string[] = []
  const ended = runSchedule(jobs, {
    history,
    machine: { isIdle: () => state.idle, isOnMains: () => state.mains },
    clock,
    signal: end.signal,
    onEvent: (event) => {
      events.push(`${event.type} ${event.name}${event.type === 'job-waiting' ? ` ${event.for}` : ''}`)
      throw new Error('a display that fails')
    }
  })
  const stop = () => {
    end.abort()
    return ended
  }
  return { clock, log, state, holds, events, history, end: stop }
}

const timeOf = (clock: VirtualClock) => new Date(clock.now()).toISOString().slice(5, 16)

describe('the scheduler', () => {
  test('runs each job when it is due, and nothing before', async () => {
    const w = world({ a: {}, b: { every: 'every 12 hours' } })
    await w.clock.advance(27 * HOUR + 1000)
    await w.end()
    expect(w.log).toEqual(['a 01-01T03:00', 'b 01-01T12:00', 'b 01-02T00:00', 'a 01-02T03:00'])
  })

  test('makes up once for dates that were missed in sleep, within a minute of waking', async () => {
    const w = world({ a: {} })
    await w.clock.advance(HOUR)
    w.clock.jump(100 * HOUR)
    await w.clock.advance(60_000)
    expect(w.log).toHaveLength(1)
    await w.clock.advance(HOUR)
    await w.end()
    expect(w.log).toHaveLength(1)
  })

  test('makes up once for a date that was missed while it was off; a job that never ran owes nothing', async () => {
    const before = Date.parse('2024-12-20T03:00:00Z')
    const w = world({ a: {}, b: {} }, new Map([['a', before]]))
    await w.clock.advance(60_000)
    expect(w.log).toEqual(['a 01-01T00:00'])
    await w.clock.advance(4 * HOUR)
    await w.end()
    expect(w.log).toEqual(['a 01-01T00:00', 'a 01-01T03:00', 'b 01-01T03:00'])
  })

  test('a job that is always due while the machine is off runs each time that it is on', async () => {
    const history = new Map<string, number>()
    for (const [day, runs] of [
      ['01', 0],
      ['02', 1],
      ['03', 1]
    ]) {
      const w = world({ a: {} }, history, `2025-01-${day}T08:00:00Z`)
      await w.clock.advance(60_000)
      expect(w.log).toHaveLength(Number(runs))
      await w.clock.advance(12 * HOUR)
      await w.end()
      expect(w.log).toHaveLength(Number(runs))
    }
  })

  test('goes on where what it did cannot be written down, as on a full disk', async () => {
    const set = () => {
      throw new Error('ENOSPC')
    }
    const w = world({ a: {} }, { get: () => undefined, set })
    await w.clock.advance(28 * HOUR)
    await w.end()
    expect(w.log).toEqual(['a 01-01T03:00', 'a 01-02T03:00'])
  })

  test('a clock that is set back makes no job run again at once, nor wait for long', async () => {
    const w = world({ a: {} })
    await w.clock.advance(4 * HOUR)
    w.clock.jump(-48 * HOUR)
    await w.clock.advance(2 * HOUR)
    expect(w.log).toHaveLength(1)
    await w.clock.advance(24 * HOUR)
    await w.end()
    expect(w.log).toHaveLength(2)
  })

  test('runs one job at a time at one destination, and the others beside it', async () => {
    const w = world({ a: { destination: 'nas' }, b: { destination: 'nas' }, c: {} })
    w.holds.set('a', Promise.withResolvers())
    await w.clock.advance(4 * HOUR)
    expect(w.log).toEqual(['a 01-01T03:00', 'c 01-01T03:00'])
    expect(w.events).toContain('job-waiting b destination')
    expect(w.events.filter((event) => event.startsWith('job-waiting'))).toHaveLength(1)
    w.holds.get('a')!.resolve()
    await w.clock.advance(60_000)
    await w.end()
    expect(w.log).toEqual(['a 01-01T03:00', 'c 01-01T03:00', 'b 01-01T04:00'])
  })

  test('waits for an idle machine and for mains where that is asked for', async () => {
    const w = world({ a: { settings: { onlyWhenIdle: true } }, b: { settings: { onlyOnMains: true } } })
    w.state.idle = false
    w.state.mains = false
    await w.clock.advance(5 * HOUR)
    expect([w.log, w.events]).toEqual([[], ['job-waiting a idle', 'job-waiting b mains']])
    w.state.mains = true
    await w.clock.advance(60_000)
    w.state.idle = true
    await w.clock.advance(60_000)
    await w.end()
    expect(w.log.map((line) => line[0])).toEqual(['b', 'a'])
  })

  test('a job that fails ends nothing', async () => {
    const w = world({ a: {} })
    w.holds.set('a', Promise.withResolvers())
    w.holds.get('a')!.promise.catch(() => {})
    w.holds.get('a')!.reject(new Error('no'))
    await w.clock.advance(28 * HOUR)
    await w.end()
    expect(w.log).toHaveLength(2)
  })

  test('at its end it waits for what is running', async () => {
    const w = world({ a: {} })
    w.holds.set('a', Promise.withResolvers())
    await w.clock.advance(4 * HOUR)
    let hasEnded = false
    const ending = w.end().then(() => {
      hasEnded = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(hasEnded).toBe(false)
    w.holds.get('a')!.resolve()
    await ending
  })
})

test('whether a machine is on mains is read from its supplies', async () => {
  await using folder = await createTemporaryFolder('tercet-power-')
  const supply = (name: string, files: Record<string, string>) => {
    mkdirSync(folder.join(name), { recursive: true })
    for (const [file, text] of Object.entries(files))
      writeFileSync(folder.join(`${name}/${file}`), `${text}\n`)
  }
  const isOnMains = () => machineState(folder.path).isOnMains()
  expect(await isOnMains()).toBe(true)
  supply('mouse', { type: 'Battery', scope: 'Device', status: 'Discharging' })
  expect(await isOnMains()).toBe(true)
  supply('BAT0', { type: 'Battery', status: 'Discharging' })
  supply('AC', { type: 'Mains', online: '0' })
  expect(await isOnMains()).toBe(false)
  supply('AC', { online: '1' })
  expect(await isOnMains()).toBe(true)
  expect(await machineState('/nowhere').isOnMains()).toBe(true)
  expect(typeof (await machineState().isIdle())).toBe('boolean')
})
