import { resolve } from 'node:path'
import { isTercetError } from '@tercet/interface'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFileBackend, fileScheme, parseFileUrl, resolveFileUrl } from '../src/index.ts'

describe('parseFileUrl', () => {
  test.each([
    ['file:///abs/folder', 'absolute', '/abs/folder'],
    ['FILE:///abs', 'absolute', '/abs'],
    ['file:/abs', 'absolute', '/abs'],
    ['file://abs/folder', 'relative', 'abs/folder'],
    ['file://./folder', 'relative', 'folder'],
    ['/abs/folder', 'absolute', '/abs/folder'],
    ['folder', 'relative', 'folder'],
    ['../folder', 'relative', '../folder'],
    ['file:///with space', 'absolute', '/with space'],
    ['file:///100%25+plus', 'absolute', '/100%25+plus'],
    ['file:///a%20b', 'absolute', '/a%20b'],
    ['file:///a?b=c#d', 'absolute', '/a?b=c#d'],
    ['file:///ünï/日本', 'absolute', '/ünï/日本'],
    ['file:////double', 'absolute', '/double'],
    ['file://user:pw@host/x', 'relative', 'user:pw@host/x'],
    ['files/x', 'relative', 'files/x']
  ] as const)('%s on POSIX', (url, form, path) => {
    expect(parseFileUrl(url, 'linux')).toEqual({ form, path })
  })

  test.each([
    ['C:\\Users\\ada', 'drive', 'C:\\Users\\ada'],
    ['c:/Users/ada', 'drive', 'c:\\Users\\ada'],
    ['file:///C:/Users/ada', 'drive', 'C:\\Users\\ada'],
    ['file://C:\\Users\\ada', 'drive', 'C:\\Users\\ada'],
    ['file:///D:', 'drive', 'D:\\'],
    ['C:', 'drive', 'C:\\'],
    ['\\\\server\\share\\folder', 'unc', '\\\\server\\share\\folder'],
    ['file://\\\\server\\share\\folder', 'unc', '\\\\server\\share\\folder']
  ] as const)('%s on every system', (url, form, path) => {
    expect(parseFileUrl(url, 'linux')).toEqual({ form, path })
    expect(parseFileUrl(url, 'darwin')).toEqual({ form, path })
    expect(parseFileUrl(url, 'win32')).toEqual({ form, path })
  })

  test.each([
    ['//server/share/folder', 'unc', '\\\\server\\share\\folder'],
    ['file:////server/share/folder', 'unc', '\\\\server\\share\\folder'],
    ['file:///folder', 'absolute', '\\folder'],
    ['folder/sub', 'relative', 'folder\\sub']
  ] as const)('%s on Windows', (url, form, path) => {
    expect(parseFileUrl(url, 'win32')).toEqual({ form, path })
  })

  test.each(['', 'file:', 'file://', 'file:///nul\0byte'])('%j names no folder', (url) => {
    expect(() => parseFileUrl(url, 'linux')).toThrow(expect.objectContaining({ code: 'STORAGE_INVALID_URL' }))
  })

  test('what follows file:// is the path, whatever characters it has', () => {
    const segment = fc
      .string({ minLength: 1, unit: 'grapheme' })
      .filter((text) => !/^\.{1,2}$|[/\\\0]/.test(text))
    fc.assert(
      fc.property(segment, segment, (first, second) => {
        fc.pre(!/^[a-z]:/i.test(first))
        const path = `/${first}/${second}`
        expect(parseFileUrl(`file://${path}`, 'linux')).toEqual({ form: 'absolute', path })
        expect(parseFileUrl(path, 'linux')).toEqual({ form: 'absolute', path })
      }),
      { seed: 7 }
    )
  })
})

describe('resolveFileUrl', () => {
  test('relative folders are taken from the working folder', () => {
    expect(resolveFileUrl('file://some/folder', 'linux')).toBe(resolve('some/folder'))
    expect(resolveFileUrl('some/folder/', 'linux')).toBe(resolve('some/folder'))
  })

  test.each(['C:\\x', 'file:///C:/x', '\\\\server\\share'])('%s can only be opened on Windows', (url) => {
    expect(() => resolveFileUrl(url, 'linux')).toThrow(/only be opened on Windows/)
    expect(resolveFileUrl(url, 'win32')).toMatch(/^(C:\\x|\\\\server\\share\\)$/)
  })
})

test('the scheme opens URLs and plain paths, and refuses options', () => {
  expect(fileScheme.scheme).toBe('file')
  expect(fileScheme.open('file:///some/folder')).toMatchObject({
    displayName: 'file:///some/folder',
    scheme: 'file'
  })
  expect(fileScheme.open('/some/folder')).toMatchObject({ displayName: 'file:///some/folder' })
  const refused = (() => {
    try {
      return fileScheme.open('/x', { options: { speed: '5' } })
    } catch (error) {
      return error
    }
  })()
  expect(isTercetError(refused, 'STORAGE_INVALID_URL')).toBe(true)
})

test('options are checked before anything is done', () => {
  expect(() => createFileBackend({ path: '/x', fileMod: 1 } as never)).toThrow(/did you mean "fileMode"/)
  expect(() => createFileBackend({ path: '' })).toThrow(TypeError)
  expect(() => createFileBackend({ path: '/x', fileMode: 0o1777 })).toThrow(RangeError)
})
