import { expect, test } from 'vitest'
import {
  decideSync,
  EMPTY_SYNC_STATE,
  type FinishedBackup,
  parseSyncConfiguration,
  recordBackup,
  recordSync,
  type SyncAttempt,
  type SyncDecision,
  type SyncState,
  stalenessOf
} from '../src/index.ts'
import { configurationText } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = Date.UTC(2026, 0, 15, 12)

let nextId = 0
function backup(startedAt: number, more: Partial<FinishedBackup> = {}): FinishedBackup {
  return { id: `run-${nextId++}`, startedAt, outcome: 'success', isPartial: false, isDryRun: false, ...more }
}

function configured(destinations: object[], more?: object) {
  return parseSyncConfiguration(configurationText(destinations, more))
}

/** A job that lives on: each backup is decided, and what is due is replicated. */
function job(destinations: object[], more?: object) {
  const configuration = configured(destinations, more)
  let state: SyncState = EMPTY_SYNC_STATE
  return {
    configuration,
    get state() {
      return state
    },
    id: (index: number) => configuration.destinations[index]!.id,
    decide: (run: FinishedBackup): SyncDecision[] => decideSync(configuration, state, run),
    /** Indexes of the destinations that were replicated to. */
    run(run: FinishedBackup, attempt: Partial<SyncAttempt> = {}): number[] {
      const due = decideSync(configuration, state, run).filter(({ isDue }) => isDue)
      state = recordBackup(state, run)
      for (const { destination } of due)
        state = recordSync(
          state,
          destination.id,
          {
            startedAt: run.startedAt + 60_000,
            endedAt: run.startedAt + HOUR,
            status: 'succeeded',
            ...attempt
          },
          run
        )
      return due.map(({ destination }) => destination.index)
    },
    count: (run: FinishedBackup) => {
      state = recordBackup(state, run)
    }
  }
}

test('16.1: inline is always due, with nothing remembered too', () => {
  const { decide } = job([{ url: '/a' }])
  expect(decide(backup(NOW))).toMatchObject([{ isDue: true, reason: 'inline' }])
})

test('16.1: an interval without an earlier sync is due', () => {
  expect(job([{ url: '/a', interval: '1h' }]).decide(backup(NOW))).toMatchObject([
    { isDue: true, reason: 'never-synced' }
  ])
})

test('16.1: an interval of 1 h is not due right after a sync, and due 2 h later', () => {
  const one = job([{ url: '/a', interval: '1h' }])
  one.run(backup(NOW))
  expect(one.decide(backup(NOW))).toMatchObject([{ isDue: false, reason: 'interval-not-elapsed' }])
  expect(one.decide(backup(NOW + 2 * HOUR))).toMatchObject([{ isDue: true, reason: 'interval-elapsed' }])
})

test('16.1: count 2, two backups and no earlier sync: due', () => {
  const one = job([{ url: '/a', count: 2 }])
  one.count(backup(NOW))
  expect(one.decide(backup(NOW + HOUR))).toMatchObject([{ isDue: true, reason: 'never-synced' }])
})

test('16.1: count 5, no backup and no earlier sync: due', () => {
  expect(job([{ url: '/a', count: 5 }]).decide(backup(NOW))).toMatchObject([{ isDue: true }])
})

test('16.1: count 5, backup, sync, backup, backup: not due', () => {
  const one = job([{ url: '/a', count: 5 }])
  one.run(backup(NOW))
  one.count(backup(NOW + 1))
  expect(one.decide(backup(NOW + 2))).toMatchObject([
    { isDue: false, reason: 'count-not-reached', backupsLeft: 3 }
  ])
})

test('16.1: count 2, backup, sync, backup, backup: due', () => {
  const one = job([{ url: '/a', count: 2 }])
  one.run(backup(NOW))
  one.count(backup(NOW + 1))
  expect(one.decide(backup(NOW + 2))).toMatchObject([{ isDue: true, reason: 'count-reached' }])
})

test('16.1: a destination that is no longer in the list is never due, and its state stays', () => {
  const one = job([{ url: '/a', interval: '1D' }])
  one.run(backup(NOW))
  const without = configured([{ url: '/b' }])
  expect(decideSync(without, one.state, backup(NOW)).map(({ destination }) => destination.url)).toEqual([
    '/b'
  ])
  expect(decideSync(one.configuration, recordBackup(one.state, backup(NOW)), backup(NOW))[0]?.isDue).toBe(
    false
  )
})

test('16.1: recording a sync leaves exactly one record', () => {
  const one = job([{ url: '/a' }, { url: '/b', count: 3 }])
  one.run(backup(NOW))
  one.run(backup(NOW + 1))
  expect(Object.keys(one.state.destinations)).toEqual([one.id(0), one.id(1)])
})

test('16.1: backup result error or fatal is followed by no sync', () => {
  const one = job([{ url: '/a' }])
  expect(one.run(backup(NOW, { outcome: 'error' }))).toEqual([])
  expect(one.decide(backup(NOW, { outcome: 'error' }))[0]).toMatchObject({ reason: 'backup-failed' })
  expect(one.state.destinations).toEqual({})
})

test('16.1: backup result warning is followed by a sync, unless sync-on-warnings is false', () => {
  expect(job([{ url: '/a' }]).run(backup(NOW, { outcome: 'warning' }))).toEqual([0])
  const strict = job([{ url: '/a' }], { 'sync-on-warnings': false })
  expect(strict.decide(backup(NOW, { outcome: 'warning' }))[0]).toMatchObject({
    reason: 'backup-with-warnings'
  })
  expect(strict.run(backup(NOW))).toEqual([0])
})

test('16.1: URLs A, empty, B: two syncs, and the empty one is skipped', () => {
  const one = job([{ url: '/a' }, {}, { url: '/b' }])
  expect(one.decide(backup(NOW))[1]).toMatchObject({ isDue: false, reason: 'blank-url' })
  expect(one.run(backup(NOW))).toEqual([0, 2])
  expect(Object.keys(one.state.destinations)).toHaveLength(2)
})

test('16.1: inline A and interval B, which was synced just now: only A', () => {
  const one = job([{ url: '/a' }, { url: '/b', interval: '1h' }])
  expect(one.run(backup(NOW))).toEqual([0, 1])
  expect(one.run(backup(NOW + 60_000))).toEqual([0])
})

test('16.1: A inline, B every 2nd, C every 3rd backup', () => {
  const one = job([{ url: '/a' }, { url: '/b', count: 2 }, { url: '/c', count: 3 }])
  expect([1, 2, 3, 4].map((n) => one.run(backup(NOW + n * HOUR)))).toEqual([[0, 1, 2], [0], [0, 1], [0, 2]])
})

test('12.1: counts start again at each sync: 2 syncs after 1, 3, 5 and 3 after 1, 4, 7', () => {
  const one = job([
    { url: '/b', count: 2 },
    { url: '/c', count: 3 }
  ])
  const runs = [1, 2, 3, 4, 5, 6, 7].map((n) => one.run(backup(NOW + n)))
  expect(runs).toEqual([[0, 1], [], [0], [1], [0], [], [0, 1]])
})

test('12.1: a missed schedule is not made up for', () => {
  const one = job([{ url: '/a', interval: '1D' }])
  one.run(backup(NOW))
  expect(one.run(backup(NOW + 30 * DAY))).toEqual([0])
  expect(one.run(backup(NOW + 30 * DAY + HOUR))).toEqual([])
})

test('13: a partial backup is followed by a sync only with sync-on-partial', () => {
  const stopped = backup(NOW, { outcome: 'stopped', isPartial: true })
  expect(job([{ url: '/a' }]).decide(stopped)[0]).toMatchObject({ reason: 'backup-partial' })
  expect(job([{ url: '/a' }], { 'sync-on-partial': true }).run(stopped)).toEqual([0])
})

test('13, D11: a dry run is followed by no sync, and recorded nowhere', () => {
  const one = job([{ url: '/a' }])
  expect(one.decide(backup(NOW, { isDryRun: true }))[0]).toMatchObject({ reason: 'dry-run' })
  one.run(backup(NOW, { isDryRun: true }))
  expect(one.state).toEqual(EMPTY_SYNC_STATE)
})

test('D11: a dry run of the sync itself is not recorded as synced', () => {
  const one = job([{ url: '/a', count: 5 }])
  one.run(backup(NOW), { isDryRun: true })
  expect(one.state.destinations).toEqual({})
  expect(one.decide(backup(NOW + 1))).toMatchObject([{ isDue: true, reason: 'never-synced' }])
})

test('12.2, D10: a failed or partial sync leaves the destination due, and is counted', () => {
  const one = job([{ url: '/a', interval: '7D' }])
  expect(one.run(backup(NOW), { status: 'failed', errorCode: 'STORAGE_UNAVAILABLE' })).toEqual([0])
  expect(one.run(backup(NOW + 1), { status: 'partial', errorCode: 'SYNC_INCOMPLETE' })).toEqual([0])
  expect(one.state.destinations[one.id(0)]).toMatchObject({
    consecutiveFailures: 2,
    lastErrorCode: 'SYNC_INCOMPLETE',
    lastAttemptAt: NOW + 1 + 60_000
  })
  expect(one.run(backup(NOW + 2))).toEqual([0])
  expect(one.run(backup(NOW + 3))).toEqual([])
  expect(one.state.destinations[one.id(0)]).toMatchObject({ consecutiveFailures: 0 })
  expect(one.state.destinations[one.id(0)]?.lastErrorCode).toBeUndefined()
})

test('12.2: a failure after a success keeps what was replicated', () => {
  const one = job([{ url: '/a' }])
  const first = backup(NOW)
  one.run(first)
  one.run(backup(NOW + DAY), { status: 'failed' })
  expect(one.state.destinations[one.id(0)]).toMatchObject({
    syncedBackup: { id: first.id, number: 1 },
    lastSuccessAt: NOW + HOUR
  })
})

test('D19: a destination that is inserted first shifts nobody else', () => {
  const before = job([{ url: '/a', interval: '7D' }])
  before.run(backup(NOW))
  const after = configured([{ url: '/new' }, { url: '/a', interval: '7D' }])
  expect(decideSync(after, before.state, backup(NOW + HOUR)).map(({ isDue }) => isDue)).toEqual([true, false])
})

test('D20: a daily backup with an interval of a day is followed by a sync every day', () => {
  const one = job([{ url: '/a', interval: '1D' }])
  // Each starts up to 7 minutes early or late, and each sync ends an hour after its backup began.
  const jitter = [0, -7, 5, -3, 7, -7, 2].map((minutes) => minutes * 60_000)
  expect(jitter.map((late, day) => one.run(backup(NOW + day * DAY + late)))).toEqual(jitter.map(() => [0]))
})

test('D20: the tolerance is 1 % of the interval, and at most an hour', () => {
  const short = job([{ url: '/a', interval: '100s' }])
  short.run(backup(NOW))
  expect(short.decide(backup(NOW + 98_999))).toMatchObject([{ isDue: false, dueAt: NOW + 99_000 }])
  expect(short.decide(backup(NOW + 99_000))).toMatchObject([{ isDue: true }])
  const long = job([{ url: '/a', interval: '30D' }])
  long.run(backup(NOW))
  expect(long.decide(backup(NOW + 30 * DAY - HOUR - 1))).toMatchObject([{ isDue: false }])
  expect(long.decide(backup(NOW + 30 * DAY - HOUR))).toMatchObject([{ isDue: true }])
})

test('D21: backups are counted by their id, failed ones not, those of one second each', () => {
  const one = job([{ url: '/a', count: 2 }])
  one.run(backup(NOW))
  expect(one.run(backup(NOW, { outcome: 'error' }))).toEqual([])
  expect(one.run(backup(NOW, { outcome: 'stopped', isPartial: true }))).toEqual([])
  const second = backup(NOW)
  expect(one.run(second)).toEqual([])
  expect(one.run(second), 'the same run again').toEqual([])
  expect(one.run(backup(NOW)), 'another one in the same second').toEqual([0])
})

test('a clock that is set back makes an interval due, a small step does not', () => {
  const one = job([{ url: '/a', interval: '7D' }])
  one.run(backup(NOW + 3650 * DAY))
  expect(one.decide(backup(NOW))).toMatchObject([{ isDue: true, reason: 'clock-stepped-back' }])
  expect(one.run(backup(NOW))).toEqual([0])
  expect(one.run(backup(NOW - 30_000))).toEqual([])
})

test('a clock that steps does not change what is counted', () => {
  const one = job([{ url: '/a', count: 2 }])
  one.run(backup(NOW))
  expect(one.run(backup(NOW - 3650 * DAY))).toEqual([])
  expect(one.run(backup(NOW + 3650 * DAY))).toEqual([0])
})

test('T4: how far a destination is behind is known whether it is due or not', () => {
  const one = job([{ url: '/a' }, { url: '/b', count: 9 }, { url: '/c', count: 9 }])
  expect(stalenessOf(one.state, one.id(0))).toEqual({ behindBackups: undefined, behindSeconds: undefined })
  one.run(backup(NOW))
  one.run(backup(NOW + DAY))
  one.run(backup(NOW + 2 * DAY))
  expect(stalenessOf(one.state, one.id(0))).toEqual({ behindBackups: 0, behindSeconds: 0 })
  expect(stalenessOf(one.state, one.id(1))).toEqual({ behindBackups: 2, behindSeconds: 2 * 86_400 })
})
