import { hashBytes, toBase64 } from '@tercet/crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeMetadata,
  EMPTY_METADATA,
  encodeMetadata,
  formatUnixOwner,
  META,
  parseTicks,
  parseUnixOwner,
  ticksToUnixNs,
  unixNsToTicks
} from '../src/index.ts'
import { text, utf8 } from './entries.ts'

describe('metadata blobs', () => {
  test('15.30 the empty one', () => {
    expect(Buffer.from(EMPTY_METADATA).toString('hex')).toBe('efbbbf7b7d')
    expect(toBase64(hashBytes('SHA256', EMPTY_METADATA))).toBe('qiXpeARtaA74dA2Dfm3lvB4qLcYInb2hASVEtTjVP2U=')
    expect(decodeMetadata(EMPTY_METADATA).size).toBe(0)
  })

  test('known keys get the order of Duplicati, own keys come before the link target', () => {
    const record = new Map([
      ['CoreSymlinkTarget', 't'],
      ['tercet:mode', '7'],
      ['CoreCreatetime', '1'],
      ['CoreLastWritetime', '2'],
      ['CoreAttributes', 'Normal'],
      ['win-ext:accessrules', '[]'],
      ['macos:flags', '0'],
      ['unix:group-name', 'g'],
      ['unix:owner-name', 'o'],
      ['unix:uid-gid-perm', '0-0-420'],
      ['unix-ext:user.b', 'Yg=='],
      ['unix-ext:user.a', 'YQ==']
    ])
    expect([...decodeMetadata(encodeMetadata(record)).keys()]).toEqual([
      'unix-ext:user.b',
      'unix-ext:user.a',
      'unix:uid-gid-perm',
      'unix:owner-name',
      'unix:group-name',
      'macos:flags',
      'win-ext:accessrules',
      'CoreAttributes',
      'CoreLastWritetime',
      'CoreCreatetime',
      'tercet:mode',
      'CoreSymlinkTarget'
    ])
  })

  test('any strings survive, and nothing becomes a prototype', () => {
    const record = fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 8 })
    fc.assert(
      fc.property(record, (pairs) => {
        const original = new Map([['__proto__', 'x'], ...pairs])
        const decoded = decodeMetadata(encodeMetadata(original))
        expect(new Map([...decoded].sort())).toEqual(new Map([...original].sort()))
        expect(({} as Record<string, unknown>)['x']).toBeUndefined()
      }),
      { seed: 13 }
    )
  })

  test('are read with and without a byte-order mark; values that are no strings are passed over', () => {
    for (const start of ['\ufeff', '']) {
      const json = `${start}{"a":"1","b":5,"c":{"d":"e"},"f":null,"g":"2"}`
      expect([...decodeMetadata(utf8(json))]).toEqual([
        ['a', '1'],
        ['g', '2']
      ])
    }
  })

  test.each(['', '[]', '"text"', '{"a":', '{"a":"1"}x'])('rejects %j', (json) => {
    expect(() => decodeMetadata(utf8(json))).toThrow(
      expect.objectContaining({ code: 'VOLUME_METADATA_INVALID' })
    )
  })

  test('a link keeps its target without other metadata', () => {
    expect(text(encodeMetadata(new Map([[META.symlinkTarget, '../a "b"']])))).toBe(
      '\ufeff{"CoreSymlinkTarget":"../a \\"b\\""}'
    )
  })
})

describe('ticks', () => {
  test('of the worked example', () => {
    const nanoseconds = BigInt(Date.UTC(2025, 6, 1, 12, 30, 45)) * 1_000_000n + 123_456_700n
    expect(unixNsToTicks(nanoseconds)).toBe(638869698451234567n)
    expect(ticksToUnixNs(638869698451234567n)).toBe(nanoseconds)
    expect(parseTicks('638869698451234567')).toBe(638869698451234567n)
  })

  test('15.27 are cut off below 100 ns, before the epoch too, and stay within what .NET holds', () => {
    expect(unixNsToTicks(199n)).toBe(unixNsToTicks(100n))
    expect(unixNsToTicks(-1n)).toBe(unixNsToTicks(-100n))
    expect(unixNsToTicks(-(10n ** 30n))).toBe(0n)
    expect(unixNsToTicks(10n ** 30n)).toBe(3155378975999999999n)
    for (const text of ['', '-1', '1.5', '0x10', '3155378976000000000', '99999999999999999999']) {
      expect(parseTicks(text)).toBeUndefined()
    }
  })

  test('round-trip', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 3155378975999999999n }), (ticks) => {
        expect(unixNsToTicks(ticksToUnixNs(ticks))).toBe(ticks)
      }),
      { seed: 17 }
    )
  })
})

describe('owner and permissions', () => {
  test('15.31 are decimal, without set-uid and sticky', () => {
    expect(formatUnixOwner({ uid: 1000, gid: 100, perm: 0o4755 })).toBe('1000-100-493')
    expect(parseUnixOwner('0-0-420')).toEqual({ uid: 0, gid: 0, perm: 0o644 })
    expect(parseUnixOwner('0-0-2541')).toEqual({ uid: 0, gid: 0, perm: 0o755 })
  })

  test.each(['', '0-0', '-1-0-420', '0-0-420x', '4294967296-0-420', '0-0-9999', '0-0-0o644'])(
    'none: %j',
    (text) => {
      expect(parseUnixOwner(text)).toBeUndefined()
    }
  )
})
