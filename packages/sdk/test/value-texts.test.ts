import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseSettingText } from '../src/settings/parse-setting-text.ts'
import type { SettingType } from '../src/settings/setting.ts'
import {
  parseBooleanText,
  parseDurationText,
  parseIntegerText,
  parseSizeText
} from '../src/settings/value-texts.ts'

const invalid = expect.objectContaining({ code: 'CONFIG_INVALID_VALUE' })

describe('booleans', () => {
  test.each(['1', 'on', 'true', 'YES'])('%s is true', (text) =>
    expect(parseBooleanText(text, '--x')).toBe(true)
  )
  test.each(['0', 'off', 'False', 'no'])('%s is false', (text) =>
    expect(parseBooleanText(text, '--x')).toBe(false)
  )
  test.each(['', 'y', 'ture', '2', ' true'])('%j is refused', (text) => {
    expect(() => parseBooleanText(text, '--x')).toThrow(invalid)
  })
})

describe('sizes', () => {
  test.each([
    ['50', 50 * 1024 ** 2],
    ['50mb', 50 * 1024 ** 2],
    ['1 KiB', 1024],
    ['512b', 512],
    ['2TB', 2 * 1024 ** 4]
  ])('%s', (text, bytes) => expect(parseSizeText(text, 'mb', '--x')).toBe(bytes))
  test('without a suffix the unit of the option applies', () =>
    expect(parseSizeText('8', 'kb', '--x')).toBe(8192))
  test.each(['', '1.5mb', '-1', '5 apples', '9999999999999tb', '0x10'])('%j is refused', (text) => {
    expect(() => parseSizeText(text, 'mb', '--x')).toThrow(invalid)
  })
})

describe('durations', () => {
  test.each([
    ['90', 90_000],
    ['1h', 3_600_000],
    ['1m', 60_000],
    ['1M', 30 * 86_400_000],
    ['1D12h', 129_600_000],
    ['1W1Y', 372 * 86_400_000]
  ])('%s', (text, milliseconds) => expect(parseDurationText(text, '--x')).toBe(milliseconds))
  test.each(['', '1d', '1h30', '-1h', '1.5h', 'h'])('%j is refused', (text) => {
    expect(() => parseDurationText(text, '--x')).toThrow(invalid)
  })
})

test('a whole number is read back as it was written, and nothing else is a number', () => {
  fc.assert(
    fc.property(fc.nat(), (number) => {
      expect(parseIntegerText(String(number), '--x')).toBe(number)
    }),
    { seed: 7 }
  )
  for (const text of ['', '-1', '1.0', '1e3', 'ten', '99999999999999999'])
    expect(() => parseIntegerText(text, '--x')).toThrow(invalid)
})

describe('settings as text', () => {
  const parse = (type: SettingType, text: string): unknown => parseSettingText(type, text, '--x')

  test('choices ignore case and say what there is', () => {
    const type: SettingType = { kind: 'choice', choices: ['store', 'follow'] }
    expect(parse(type, 'Store')).toBe('store')
    expect(() => parse(type, 'stroe')).toThrow('--x: "stroe" is not one of store, follow')
  })
  test('ranges are kept', () => {
    expect(parse({ kind: 'integer', minimum: 1, maximum: 4 }, '4')).toBe(4)
    expect(() => parse({ kind: 'integer', minimum: 1, maximum: 4 }, '0')).toThrow(
      'a whole number from 1 to 4'
    )
  })
  test('compression', () => {
    expect(parse({ kind: 'compression' }, 'deflate:1')).toEqual({ method: 'deflate', level: 1 })
    expect(parse({ kind: 'compression' }, 'ZSTD')).toEqual({ method: 'zstd', level: 1 })
    expect(parse({ kind: 'compression' }, 'none')).toEqual({ method: 'none' })
    for (const text of ['lzma', 'zstd:23', 'deflate:10', ''])
      expect(() => parse({ kind: 'compression' }, text)).toThrow(invalid)
  })
  test('lists leave out what is empty', () => {
    expect(parse({ kind: 'list' }, 'Hidden,,System')).toEqual(['Hidden', 'System'])
    expect(parse({ kind: 'list' }, '')).toEqual([])
  })
  test('times stay texts, which are checked', () => {
    for (const text of ['2024-05-01', '2015/9/10', '20240501T100000Z', '2M', '-2M', 'now'])
      expect(parse({ kind: 'time' }, text)).toBe(text)
    for (const text of ['3600', 'yesterday', '2024-13-01', ''])
      expect(() => parse({ kind: 'time' }, text)).toThrow(invalid)
  })
})
