import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  base64Length,
  decodeBase64Into,
  decodeUrlBase64Into,
  encodeBase64Into,
  encodeUrlBase64Into,
  fromBase64,
  fromUrlBase64,
  toBase64,
  toUrlBase64
} from '../src/index.ts'
import { utf8 } from './entries.ts'

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes)

test('both alphabets agree with a reference and round-trip', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      const expected = asBuffer(bytes).toString('base64')
      expect(toBase64(bytes)).toBe(expected)
      expect(toUrlBase64(bytes)).toBe(expected.replaceAll('+', '-').replaceAll('/', '_'))
      expect(base64Length(bytes.length)).toBe(expected.length)
      expect(asBuffer(fromBase64(toBase64(bytes)))).toEqual(asBuffer(bytes))
      expect(asBuffer(fromUrlBase64(toUrlBase64(bytes)))).toEqual(asBuffer(bytes))
      const text = new Uint8Array(expected.length + 2)
      expect(encodeBase64Into(bytes, text, 1)).toBe(1 + expected.length)
      expect(asBuffer(text.subarray(1, -1)).toString('latin1')).toBe(expected)
      const decoded = new Uint8Array(bytes.length)
      expect(decodeBase64Into(text, 1, 1 + expected.length, decoded, 0)).toBe(bytes.length)
      expect(asBuffer(decoded)).toEqual(asBuffer(bytes))
      encodeUrlBase64Into(bytes, text, 0)
      expect(decodeUrlBase64Into(text, 0, expected.length, decoded, 0)).toBe(bytes.length)
    }),
    { seed: 1 }
  )
})

test('only the canonical spelling is accepted', () => {
  expect(asBuffer(fromBase64('TQ=='))).toEqual(asBuffer(utf8('M')))
  expect(asBuffer(fromBase64(''))).toHaveLength(0)
  for (const text of [
    'TQ',
    'TQ=',
    'TR==',
    'TQ==TQ==',
    'T===',
    '====',
    'TW9=',
    'TQ=\n',
    'T Q=',
    'TWE\u0142',
    'TQ=A',
    '-_-_'
  ]) {
    expect(() => fromBase64(text), text).toThrow(expect.objectContaining({ code: 'CRYPTO_INVALID_BASE64' }))
  }
  for (const text of ['+/+/', 'AA', 'AB==']) {
    expect(() => fromUrlBase64(text), text).toThrow(
      expect.objectContaining({ code: 'CRYPTO_INVALID_BASE64' })
    )
  }
})

test('text that decodes encodes to itself', () => {
  const letter = fc.constantFrom(...'AZaz09+/=QgwB')
  fc.assert(
    fc.property(fc.string({ unit: letter, maxLength: 12 }), (text) => {
      let bytes: Uint8Array
      try {
        bytes = fromBase64(text)
      } catch {
        return
      }
      expect(toBase64(bytes)).toBe(text)
    }),
    { seed: 2, numRuns: 1000 }
  )
})
