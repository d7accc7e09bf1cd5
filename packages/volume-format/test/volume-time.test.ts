import fc from 'fast-check'
import { expect, test } from 'vitest'
import { formatTime, parseTime } from '../src/index.ts'

test('fractions of a second are cut off, before the epoch too', () => {
  expect(formatTime(0.999)).toBe('19700101T000000Z')
  expect(formatTime(-0.5)).toBe('19691231T235959Z')
  expect(formatTime(1751373045.1234567)).toBe('20250701T123045Z')
  expect(() => formatTime(1e12)).toThrow(RangeError)
})

test('every second of the years 0 to 9999 is read as it is written', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_167_219_200, max: 253_402_300_799 }), (seconds) => {
      expect(parseTime(formatTime(seconds))).toBe(seconds)
    }),
    { seed: 5, numRuns: 2000 }
  )
})

test.each([
  '20250229T000000Z',
  '20250431T000000Z',
  '21000229T000000Z',
  '20251301T000000Z',
  '20250100T000000Z',
  '20250101T240000Z',
  '20250101T006000Z',
  '20250101T000060Z',
  '2025010T0000000Z',
  '20250101 000000Z',
  '20250101T000000',
  '20250101T00000-Z',
  ''
])('no moment: %j', (text) => {
  expect(parseTime(text)).toBeUndefined()
})

test('29 February', () => {
  expect(parseTime('20240229T000000Z')).toBe(Date.UTC(2024, 1, 29) / 1000)
  expect(parseTime('20000229T000000Z')).toBe(Date.UTC(2000, 1, 29) / 1000)
})
