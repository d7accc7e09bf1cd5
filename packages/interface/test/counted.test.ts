import { expect, test } from 'vitest'
import { counted, formatCount } from '../src/counted.ts'

test.each([
  [0, '0 volumes'],
  [1, '1 volume'],
  [2, '2 volumes'],
  [999, '999 volumes'],
  [1000, '1,000 volumes'],
  [1_234_567, '1,234,567 volumes']
])('%d', (count, text) => expect(counted(count, 'volume')).toBe(text))

test('a plural of its own', () => {
  expect([counted(1, 'entry', 'entries'), counted(3, 'entry', 'entries')]).toEqual(['1 entry', '3 entries'])
})

test('the number alone', () => expect(formatCount(12_345)).toBe('12,345'))
