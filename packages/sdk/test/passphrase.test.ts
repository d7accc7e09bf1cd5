import { wordlist } from '@scure/bip39/wordlists/english.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Secret } from '../src/index.ts'
import { generatePassphrase, measurePassphrase, WEAK_BELOW_BITS } from '../src/passphrase/index.ts'

describe('a generated passphrase', () => {
  test('is drawn of words that are all equally likely, in as many as the bits need', () => {
    const drawn = new Set<number>()
    // Every value of two bytes once: what the draw makes of all random bytes that there are.
    const random = () => {
      const bytes = new Uint8Array(8)
      for (let i = 0; i < 4; i++) {
        const value = drawn.size
        drawn.add(value)
        bytes.set([value >> 8, value & 255], i * 2)
      }
      return bytes
    }
    const times = new Map<string, number>()
    while (drawn.size < 65_536) {
      const { passphrase, words, bits } = generatePassphrase({ bits: 44, random })
      expect([words, bits]).toEqual([4, 44])
      for (const word of passphrase.reveal().split('-')) times.set(word, (times.get(word) ?? 0) + 1)
    }
    expect(times.size).toBe(2048)
    expect(new Set(times.values())).toEqual(new Set([32]))
  })

  test('has 88 bits, shows as a secret, and is another one each time', () => {
    const { passphrase, words, bits } = generatePassphrase()
    expect([words, bits, String(passphrase)]).toEqual([8, 88, '[secret]'])
    const parts = passphrase.reveal().split('-')
    expect(parts).toHaveLength(8)
    expect(parts.every((word) => wordlist.includes(word))).toBe(true)
    expect(generatePassphrase().passphrase.reveal()).not.toBe(passphrase.reveal())
    expect(generatePassphrase({ bits: 100 })).toMatchObject({ words: 10, bits: 110 })
  })

  test('of other numbers of bits is refused', () => {
    for (const bits of [43, 441, Number.NaN]) expect(() => generatePassphrase({ bits })).toThrow(RangeError)
    expect(() => generatePassphrase({ words: 3 } as never)).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' })
    )
  })
})

describe('the strength of a passphrase', () => {
  test.each([
    ['', 'it is empty'],
    ['password', 'it is a common password'],
    ['qwertyuiop', 'it is a common password'],
    ['aaaaaaaaaaaaaaaaaaaaaaaa', 'it repeats itself'],
    ['nbvcxdfgh', 'its characters are neighbours on a keyboard'],
    ['1.4.1987', 'it is a date or a year'],
    ['h5Kz!', 'it is short']
  ])('%j is weak: %s', async (text, reason) => {
    const strength = await measurePassphrase(text)
    expect(strength).toMatchObject({ isWeak: true, reason })
    expect(strength.bits).toBeLessThan(WEAK_BELOW_BITS)
  })

  test('of what was generated is always enough, and not far from what it was drawn of', async () => {
    let state = 1
    const random = (size: number) =>
      Uint8Array.from({ length: size }, () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0
        return state >>> 24
      })
    for (let i = 0; i < 30; i++) {
      const { passphrase, bits } = generatePassphrase({ random })
      const strength = await measurePassphrase(passphrase)
      expect(strength).toMatchObject({ isWeak: false })
      expect(Math.abs(strength.bits - bits)).toBeLessThan(bits)
      expect(strength).not.toHaveProperty('reason', expect.anything())
    }
    expect((await measurePassphrase('vT7#qLp2!xZ9mK4w')).isWeak).toBe(false)
  })

  test('never tells a part of the passphrase, and takes bounded time for long ones', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }), async (text) => {
        const { bits, isWeak, reason } = await measurePassphrase(new Secret(text))
        expect(isWeak).toBe(bits < WEAK_BELOW_BITS)
        expect(reason === undefined || /^it(?:s characters)? [a-z ]+$/.test(reason)).toBe(true)
      }),
      { seed: 5, numRuns: 60 }
    )
    expect((await measurePassphrase('ab'.repeat(1e6))).isWeak).toBe(true)
  })
})
