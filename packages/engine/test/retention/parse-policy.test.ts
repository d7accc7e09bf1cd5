import { describe, expect, it } from 'vitest'
import { parseRetentionPolicy } from '../../src/retention/parse-policy.ts'
import { DAY } from './versions.ts'

const parsed = (text: string) =>
  parseRetentionPolicy(text).map(({ frame, interval }) => [frame / DAY, interval / DAY])

describe('a retention policy', () => {
  it('is a list of frames and intervals, the youngest first', () => {
    expect(parsed('1W:1D,4W:1W,12M:1M')).toEqual([
      [7, 1],
      [28, 7],
      [360, 30]
    ])
    expect(parsed(' 4W : 1W , 1D12h:6h ')).toEqual([
      [1.5, 0.25],
      [28, 7]
    ])
  })

  it('has unlimited frames, and intervals that keep all', () => {
    expect(parsed('1W:U,U:1Y')).toEqual([
      [7, 0],
      [Number.POSITIVE_INFINITY, 365]
    ])
    expect(parsed('1W:0s')).toEqual([[7, 0]])
    expect(parsed('86400:0')).toEqual([[1, 0]])
  })

  it.each([
    '',
    '1W',
    '1W:',
    ':1D',
    '1W:1D,',
    '1W:1D:1h',
    '1w:1D',
    'u:1D',
    '1W:-1D',
    '1.5W:1D',
    '0s:0s',
    '0:U'
  ])('%j is refused', (text) => {
    expect(() => parseRetentionPolicy(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID_VALUE', message: expect.stringContaining('1W:1D,4W') })
    )
  })

  it.each([
    ['1W:1D,7D:1h', /twice/],
    ['U:1D,U:1W', /twice/],
    ['1D:1W', /longer than its frame/],
    ['1W:1D,4W:1h', /cannot be closer together/],
    ['1W:1D,U:U', /cannot be closer together/]
  ])('%j contradicts itself', (text, message) => {
    expect(() => parseRetentionPolicy(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_CONFLICT', message: expect.stringMatching(message) })
    )
  })

  it('has a limit', () => {
    const text = Array.from({ length: 101 }, (_, index) => `${index + 1}Y:1D`).join(',')
    expect(() => parseRetentionPolicy(text)).toThrow(/more than 100/)
  })
})
