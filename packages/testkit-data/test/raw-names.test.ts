import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeRawName, encodeRawName } from '../src/index.ts'

test('every sequence of bytes has a text of its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect([...encodeRawName(decodeRawName(bytes))]).toEqual([...bytes])
    }),
    { seed: 5, numRuns: 2000 }
  )
})

test('names in UTF-8 stay what they are', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(decodeRawName(Buffer.from(text))).toBe(text)
    }),
    { seed: 6 }
  )
  expect(decodeRawName(Buffer.of(0x61, 0xe9, 0x62))).toBe('a\udce9b')
  expect(decodeRawName(Buffer.of(0xc3, 0xa9, 0xff))).toBe('é\udcff')
})
