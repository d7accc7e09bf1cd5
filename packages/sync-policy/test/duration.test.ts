import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatDuration, parseDuration } from '../src/index.ts'
import { failureOf } from './support.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

test.each([
  ['1h', HOUR],
  ['2D12h', 60 * HOUR],
  ['12h2D', 60 * HOUR],
  ['1m', 60_000],
  ['1M', 30 * DAY],
  ['1Y', 365 * DAY],
  ['1W', 7 * DAY],
  ['30s', 30_000],
  ['7.00:00:00', 7 * DAY],
  ['00:30', 30 * 60_000],
  ['1.02:03:04.5', DAY + 2 * HOUR + 3 * 60_000 + 4500],
  ['0:00:00.0000001', 1]
])('3.5: %s is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds)
})

test('3.5: a bare number is seconds in an interval and refused in a schedule', () => {
  expect(parseDuration('3600', { bareNumber: true })).toBe(HOUR)
  expect(failureOf(() => parseDuration('3600')).code).toBe('CONFIG_INVALID_VALUE')
})

test.each([
  '',
  ' 1h',
  '1d',
  '1H',
  '1x',
  'h',
  '1.5h',
  '-1h',
  '24:00:00',
  '00:60:00',
  '00:00:60',
  '-1.00:00:00',
  '00:00:00',
  '0s',
  '1:2:3.12345678',
  '99999999999Y'
])('3.5: %j is refused', (text) => {
  const { code, message } = failureOf(() => parseDuration(text, { where: 'x.interval' }))
  expect(code).toBe('CONFIG_INVALID_VALUE')
  expect(message).toContain(`x.interval: ${JSON.stringify(text)}`)
})

test('what is formatted is parsed to the same', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 9 }), (seconds) => {
      expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000)
    }),
    { seed: 7 }
  )
  expect(formatDuration(0)).toBe('0s')
})
