import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { platformOf } from '../src/common/selection-paths.ts'
import { parseTime } from '../src/common/selection-time.ts'
import { parseVersionList } from '../src/common/selection-versions.ts'

const NOW = new Date('2024-03-31T12:00:00.000Z')
const time = (text: string): string => parseTime(text, NOW).toISOString()

describe('parseTime', () => {
  it.each([
    ['now', '2024-03-31T12:00:00.000Z'],
    ['1D12h', '2024-03-30T00:00:00.000Z'],
    ['90s', '2024-03-31T11:58:30.000Z'],
    ['5m', '2024-03-31T11:55:00.000Z'],
    ['2W', '2024-03-17T12:00:00.000Z'],
    ['1M', '2024-02-29T12:00:00.000Z'],
    ['13M', '2023-02-28T12:00:00.000Z'],
    ['2Y', '2022-03-31T12:00:00.000Z'],
    ['20240501T100000Z', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00Z', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00:00.25+02:00', '2024-05-01T08:00:00.250Z'],
    ['2024-05-01 10:00:00-0530', '2024-05-01T15:30:00.000Z']
  ])('reads %s', (text, expected) => {
    expect(time(text)).toBe(expected)
  })

  it('takes a duration for the past, with or without a sign', () => {
    expect(time('-2M')).toBe(time('2M'))
    expect(parseTime('2M', NOW).getTime()).toBeLessThan(NOW.getTime())
  })

  it('takes a date without an offset for local time', () => {
    expect(parseTime('2015/9/10', NOW)).toEqual(new Date(2015, 8, 10))
    expect(parseTime('2015/09/10 07:08', NOW)).toEqual(new Date(2015, 8, 10, 7, 8))
    expect(parseTime('2024-05-01', NOW)).toEqual(new Date(2024, 4, 1))
    expect(parseTime('2024-05-01T10:11:12', NOW)).toEqual(new Date(2024, 4, 1, 10, 11, 12))
  })

  it.each([
    '',
    '3600',
    '20240501',
    '-3600',
    'yesterday',
    '1D 12h',
    '1d',
    '--2M',
    '2024-02-30',
    '2024-13-01',
    '2024-05-01T24:00:00Z',
    '2024-05-01T10:00:00+99:00',
    '01.05.2024',
    '5/1/2024',
    '20240231T100000Z',
    '999999999Y'
  ])('rejects %j', (text) => {
    expect(() => parseTime(text, NOW)).toThrowError(expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' }))
  })

  it('reads back every ISO time', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('2200-01-01'), noInvalidDate: true }),
        (date) => {
          expect(parseTime(date.toISOString(), NOW)).toEqual(date)
        }
      )
    )
  })
})

describe('parseVersionList', () => {
  it('reads numbers and ranges', () => {
    expect(parseVersionList('0')).toEqual([0])
    expect(parseVersionList('7, 0,2-4,3')).toEqual([0, 2, 3, 4, 7])
  })

  it.each(['', ',', '-1', '4-2', '1.5', 'a', '0-999999999'])('rejects %j', (text) => {
    expect(() => parseVersionList(text)).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })
    )
  })
})

it('platformOf tells systems apart', () => {
  expect(platformOf('/a\\b')).toBe('linux')
  expect(platformOf('C:\\a')).toBe('windows')
  expect(platformOf('\\\\server\\share\\')).toBe('windows')
})
