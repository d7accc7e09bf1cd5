import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonArraySplitter } from '../src/json-array-splitter.ts'
import { utf8 } from './entries.ts'

function split(bytes: Uint8Array, cuts: readonly number[]): unknown[] {
  const splitter = new JsonArraySplitter()
  const items: unknown[] = []
  let from = 0
  for (const cut of [...cuts, bytes.length]) {
    items.push(...splitter.push(bytes.subarray(from, cut)))
    from = cut
  }
  return [...items, ...splitter.end()]
}

/** Strings that look like structure, so that a wrong guess is likely. */
const tricky = fc.array(fc.constantFrom('},{', '"', '\\', '{', '}', '[', ']', ',', 'é', '😀', 'a'), {
  maxLength: 6
})
const text = tricky.map((parts) => parts.join(''))
const value = fc.oneof(text, fc.integer(), fc.constant(null), fc.array(text, { maxLength: 3 }))
const item = fc.oneof(
  { weight: 5, arbitrary: fc.dictionary(text, value, { maxKeys: 4 }) },
  { weight: 1, arbitrary: value }
)

describe('a JSON array in pieces', () => {
  test('is the same as in one piece, wherever it is cut and however it is spaced', () => {
    fc.assert(
      fc.property(
        fc.array(item, { maxLength: 12 }),
        fc.constantFrom(undefined, 1, '\t'),
        fc.constantFrom('', '\ufeff', ' \n'),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 8 }),
        (items, space, start, shares) => {
          const bytes = utf8(start + JSON.stringify(items, undefined, space))
          const cuts = shares.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b)
          const original = JSON.parse(JSON.stringify(items)) as unknown[]
          expect(split(bytes, cuts)).toEqual(original)
          if (bytes.length < 300) {
            const each = Array.from({ length: bytes.length }, (_, i) => i)
            expect(split(bytes, each)).toEqual(original)
          }
        }
      ),
      { seed: 47, numRuns: 400 }
    )
  })

  test('with one character changed is an error, or what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(
        fc.array(item, { minLength: 1, maxLength: 6 }),
        fc.nat(),
        fc.constantFrom(...'{}[],":\\x 0'),
        fc.nat(),
        (items, at, char, cut) => {
          const json = JSON.stringify(items)
          const changed = json.slice(0, at % json.length) + char + json.slice((at % json.length) + 1)
          const bytes = utf8(changed)
          // Half a surrogate pair, if that is what was replaced, has become U+FFFD.
          const expected = parsed(new TextDecoder().decode(bytes))
          const run = () => split(bytes, [cut % bytes.length])
          if (Array.isArray(expected)) expect(run()).toEqual(expected)
          else expect(run).toThrow(expect.objectContaining({ code: 'VOLUME_LIST_INVALID' }))
        }
      ),
      { seed: 53, numRuns: 600 }
    )
  })

  test('gives items as soon as they are complete, and keeps little', () => {
    const splitter = new JsonArraySplitter()
    const filler = 'x'.repeat(1000)
    let seen = splitter.push(utf8('[{"a":0}')).length
    for (let i = 1; i < 5000; i++) {
      seen += splitter.push(utf8(`,{"a":"${filler}"}`)).length
      expect(i + 1 - seen).toBeLessThanOrEqual(1)
    }
    expect(seen + splitter.push(utf8(']')).length + splitter.end().length).toBe(5000)
  })

  test('written with white space is read in bounded memory too', () => {
    const splitter = new JsonArraySplitter()
    const chunk = utf8(`${' { "a" : 1 } ,\n'.repeat(10_000)}`)
    let seen = splitter.push(utf8('[ ')).length
    for (let i = 0; i < 30; i++) {
      seen += splitter.push(chunk).length
      expect((i + 1) * 10_000 - seen).toBeLessThan(100_000)
    }
    seen += splitter.push(utf8('{}\n]')).length + splitter.end().length
    expect(seen).toBe(300_001)
  })

  test('an item without end is refused', () => {
    const splitter = new JsonArraySplitter()
    splitter.push(utf8('[{"a":"'))
    const chunk = new Uint8Array(1024 * 1024).fill(0x61)
    expect(() => {
      for (let i = 0; i < 40; i++) splitter.push(chunk)
    }).toThrow(expect.objectContaining({ code: 'VOLUME_LIMIT_EXCEEDED' }))
  })
})

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown
  } catch {
    return undefined
  }
}
