import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assertStoragePath, MAX_PATH_BYTES, MAX_SEGMENT_BYTES, utf8Length } from '../src/index.ts'

test.each([
  'a',
  'a/b/c',
  'with space',
  '100%25+plus',
  '...',
  '..a/b..',
  '.hidden',
  '__proto__',
  'ü/日本/🎈',
  'x'.repeat(MAX_SEGMENT_BYTES),
  `${'é'.repeat(127)}x`,
  Array.from({ length: MAX_PATH_BYTES / 4 }, () => 'abc').join('/')
])('%j is a path', (path) => assertStoragePath(path))

test.each([
  '',
  '/',
  '/a',
  'a/',
  'a//b',
  '.',
  '..',
  'a/./b',
  'a/../b',
  'a\\b',
  'a\0',
  'a\nb',
  'a\x1fb',
  'a\x7fb',
  'a\ud800',
  '\udc00a',
  'x'.repeat(MAX_SEGMENT_BYTES + 1),
  'é'.repeat(128),
  `${Array.from({ length: MAX_PATH_BYTES / 4 }, () => 'abc').join('/')}ab`
])('%j is none', (path) => {
  expect(() => assertStoragePath(path as string)).toThrow(
    expect.objectContaining({ code: 'STORAGE_INVALID_PATH' })
  )
})

test.each([undefined, null, 7, {}])('%j is not even text', (path) => {
  expect(() => assertStoragePath(path as never)).toThrow(TypeError)
})

test('a refusal does not carry a whole hostile path', () => {
  try {
    assertStoragePath('x'.repeat(1_000_000))
    expect.unreachable()
  } catch (error) {
    expect((error as Error).message.length).toBeLessThan(5000)
    expect(JSON.stringify((error as { context: unknown }).context).length).toBeLessThan(5000)
  }
})

test('joining with an accepted path never leaves the folder', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '.', '/', '\\', '\0', ' ', '%', 'é') }), (path) => {
      try {
        assertStoragePath(path)
      } catch {
        return
      }
      expect(
        new URL(`http://host/root/${path.split('/').map(encodeURIComponent).join('/')}`).pathname
      ).toMatch(/^\/root\/./)
    }),
    { seed: 3, numRuns: 2000 }
  )
})

test('utf8Length is the length of the encoded text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(utf8Length(text)).toBe(new TextEncoder().encode(text).byteLength)
    }),
    { seed: 4 }
  )
  expect(utf8Length('\ud800x')).toBe(4)
})
