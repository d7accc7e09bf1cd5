import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseListing, parseSpace } from '../src/listing.ts'

/** As smbclient prints it: the name padded to 30 bytes, 7 columns of attributes, 8 of the size. */
function lineOf(name: string, attributes: string, size: number, time: string): string {
  const padding = ' '.repeat(Math.max(0, 30 - Buffer.byteLength(name)))
  return `  ${name}${padding}${attributes.padStart(7)} ${String(size).padStart(8)}  ${time}`
}

const TIME = 'Sat Nov 21 18:39:39 2026'

test('a listing is read as it was printed, whatever the names hold', () => {
  const name = fc
    .string({
      unit: fc.constantFrom(..."aAD 0129.-_()é🎈%'", '  A  5  Sat Nov 21 18:39:39 2026'),
      minLength: 1
    })
    .filter((text) => text.trimEnd() === text && text !== '.' && text !== '..' && text !== '')
  const file = fc.record({
    name,
    attributes: fc.constantFrom('', 'A', 'D', 'AHSR', 'DH', 'N'),
    size: fc.oneof(fc.nat(), fc.integer({ min: 0, max: 2 ** 45 }))
  })
  fc.assert(
    fc.property(fc.array(file), (files) => {
      const lines = files.map((each) => lineOf(each.name, each.attributes, each.size, TIME))
      const told = [lineOf('.', 'D', 0, TIME), lineOf('..', 'D', 0, TIME), ...lines, '', '\t\t1 blocks'].join(
        '\n'
      )
      expect([...parseListing(told)]).toEqual(
        files.map((each) => ({
          name: each.name,
          isFolder: each.attributes.includes('D'),
          isFile: !each.attributes.includes('D'),
          sizeBytes: each.size,
          modifiedAt: new Date('2026-11-21T18:39:39Z')
        }))
      )
    }),
    { seed: 1 }
  )
})

test('a file without a time has none', () => {
  const [file] = parseListing(lineOf('a', 'A', 1, '(null time)'))
  expect(file).toMatchObject({ name: 'a', sizeBytes: 1, modifiedAt: undefined })
})

test('space is told in bytes, or not at all', () => {
  const told = '  a  A  1\n\n\t\t264212084 blocks of size 1024. 62300136 blocks available\n'
  expect(parseSpace(told)).toEqual({ totalBytes: 264212084 * 1024, freeBytes: 62300136 * 1024 })
  expect(parseSpace('NT_STATUS_ACCESS_DENIED listing \\*\n')).toBeUndefined()
})
