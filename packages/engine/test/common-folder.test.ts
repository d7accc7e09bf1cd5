import fc from 'fast-check'
import { expect, it } from 'vitest'
import { commonFolder, parentFolder } from '../src/restore/common-folder.ts'

const fold = (paths: string[]): string | undefined =>
  paths.reduce<string | undefined>((folder, path) => commonFolder(folder, path), undefined)

it.each([
  [['/a/b/'], '/a/b/'],
  [['/a/b'], '/a/'],
  [['/a/b/', '/a/b/c', '/a/b/d/'], '/a/b/'],
  [['/a/bc', '/a/bd'], '/a/'],
  [['/a/b/x', '/a/c/x'], '/a/'],
  [['/a', '/b'], '/'],
  [['/a/b/', '/'], '/'],
  [['C:\\a\\b', 'C:\\a\\c\\'], 'C:\\a\\'],
  [['C:\\a', 'D:\\a'], '']
])('of %j is %s', (paths, expected) => {
  expect(fold(paths)).toBe(expected)
})

it('holds every path, and no deeper folder does', () => {
  const path = fc
    .tuple(fc.array(fc.constantFrom('a', 'b', 'ab'), { minLength: 1, maxLength: 4 }), fc.boolean())
    .map(([names, isFolder]) => `/${names.join('/')}${isFolder ? '/' : ''}`)
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 6 }), (paths) => {
      const folder = fold(paths) as string
      expect(paths.every((each) => each.startsWith(folder))).toBe(true)
      const next = paths.map((each) => each.slice(folder.length).split('/', 1)[0] as string)
      const deeper = next
        .map((name) => `${folder}${name}/`)
        .find((each) => paths.every((p) => p.startsWith(each)))
      expect(deeper).toBeUndefined()
    })
  )
})

it('parentFolder goes up to the root and beyond', () => {
  expect(parentFolder('/a/b/')).toBe('/a/')
  expect(parentFolder('/a/')).toBe('/')
  expect(parentFolder('/')).toBe('')
  expect(parentFolder('C:\\a\\')).toBe('C:\\')
})
