import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  type DestinationState,
  decodeSyncState,
  destinationState,
  EMPTY_SYNC_STATE,
  encodeSyncState,
  recordBackup,
  recordSync
} from '../src/index.ts'
import { failureOf } from './support.ts'

const run = { id: 'r1', startedAt: 1000, outcome: 'success', isPartial: false, isDryRun: false } as const
const attempt = {
  startedAt: 2000,
  endedAt: 3000,
  status: 'succeeded',
  holds: { versions: 4, newestVersionAt: 900 }
} as const

test('T2: what is remembered survives as text', () => {
  const state = recordSync(recordBackup(EMPTY_SYNC_STATE, run), 'nas', attempt, run)
  const known: DestinationState = {
    lastAttemptAt: 2000,
    lastSuccessAt: 3000,
    syncedBackup: { id: 'r1', startedAt: 1000, number: 1 },
    holds: { versions: 4, newestVersionAt: 900 },
    consecutiveFailures: 0
  }
  const read = decodeSyncState(encodeSyncState(state))
  expect(destinationState(read, 'nas')).toEqual(known)
  expect(read).toEqual(state)
})

test('any sequence of attempts survives as text', () => {
  const step = fc.record({
    id: fc.constantFrom('a', 'b', '__proto__', 'constructor'),
    status: fc.constantFrom('succeeded', 'partial', 'failed'),
    at: fc.integer({ min: -(2 ** 40), max: 2 ** 40 })
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      let state = EMPTY_SYNC_STATE
      steps.forEach(({ id, status, at }, index) => {
        const each = { ...run, id: `r${index}`, startedAt: at }
        state = recordBackup(state, each)
        state = recordSync(state, id, { startedAt: at, endedAt: at, status, errorCode: 'X_Y' }, each)
      })
      const read = decodeSyncState(encodeSyncState(state))
      expect(read).toEqual(state)
      for (const id of ['a', 'b', '__proto__', 'constructor'])
        expect(destinationState(read, id)).toEqual(destinationState(state, id))
    }),
    { seed: 11, numRuns: 200 }
  )
})

test('an id that nobody recorded is unknown, whatever its name', () => {
  expect(destinationState(EMPTY_SYNC_STATE, 'constructor')).toEqual({ consecutiveFailures: 0 })
})

test.each([
  '',
  '{',
  'null',
  '[]',
  '{}',
  '{"version": "1", "destinations": {}}',
  '{"version": 1}',
  '{"version": 1, "destinations": []}',
  '{"version": 1, "destinations": {"a": 1}}',
  '{"version": 1, "destinations": {"a": {"lastSuccessAt": "now"}}}',
  '{"version": 1, "destinations": {"a": {"lastErrorCode": 5}}}',
  '{"version": 1, "destinations": {"a": {"syncedBackup": {"id": "x"}}}}',
  '{"version": 1, "destinations": {"a": {"holds": {"versions": 1}}}}',
  '{"version": 1, "destinations": {}, "lastBackup": 3}'
])('a state that is damaged is told apart: %s', (text) => {
  expect(failureOf(() => decodeSyncState(text)).code).toBe('SYNC_STATE_CORRUPT')
})

test('a state cut off anywhere is damaged, and the whole one is not', () => {
  const text = encodeSyncState(recordSync(recordBackup(EMPTY_SYNC_STATE, run), 'nas', attempt, run)).trimEnd()
  for (let length = 0; length < text.length; length++)
    expect(failureOf(() => decodeSyncState(text.slice(0, length))).code).toBe('SYNC_STATE_CORRUPT')
  decodeSyncState(text)
})

test('a state of a newer version is refused, so that nobody overwrites it', () => {
  expect(failureOf(() => decodeSyncState('{"version": 2, "other": {}}')).code).toBe('SYNC_STATE_TOO_NEW')
})
