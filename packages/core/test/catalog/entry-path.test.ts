import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { endOfTree, folderPath, splitPath } from '../../src/catalog/entry-path.ts'

describe('a path', () => {
  it.each([
    ['/a/b', '/a/', 'b'],
    ['/a/b/', '/a/', 'b/'],
    ['/a', '/', 'a'],
    ['/', '', '/'],
    ['/a\\b', '/', 'a\\b'],
    ['C:\\', '', 'C:\\'],
    ['C:\\a', 'C:\\', 'a'],
    ['C:\\a\\b\\', 'C:\\a\\', 'b\\'],
    ['\\\\host\\share\\a', '\\\\host\\share\\', 'a'],
    ['', '', '']
  ])('%j is cut into %j and %j', (path, folder, name) => {
    expect(splitPath(path)).toEqual({ folder, name })
  })

  it('is its two parts again, and no part holds a separator too many', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', 'a', '\\', ':') }), (path) => {
        const { folder, name } = splitPath(path)
        expect(folder + name).toBe(path)
        const separator = path.startsWith('/') ? '/' : '\\'
        if (folder !== '') {
          expect(folder.endsWith(separator)).toBe(true)
          expect(name.replace(/[\\/]+$/, '').includes(separator)).toBe(false)
        }
      }),
      { seed: 1 }
    )
  })

  it('gets the separator of its system when it is taken for a folder', () => {
    expect(['/a', '/a/', 'C:\\a', 'C:\\', '', '/'].map(folderPath)).toEqual([
      '/a/',
      '/a/',
      'C:\\a\\',
      'C:\\',
      '',
      '/'
    ])
  })

  it('of a folder has an end that no path below it reaches', () => {
    expect(endOfTree('/a/')).toBe('/a0')
    expect(endOfTree('C:\\')).toBe('C:]')
    expect(endOfTree('')).toEqual(new Uint8Array(0))
  })
})
