import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CommonFolder,
  conflictNames,
  createTargetMapper,
  joinTarget,
  type Platform,
  parseStoredPath,
  restorePrefix,
  type TargetMapperOptions
} from '../src/index.ts'

function common(...paths: string[]): CommonFolder {
  const folder = new CommonFolder()
  for (const stored of paths) folder.add(stored)
  return folder
}

function map(stored: string, options: Partial<TargetMapperOptions> = {}): string {
  return createTargetMapper({ restorePath: '/out', prefix: '', platform: 'linux', ...options }).map(stored)
}

const invalid = expect.objectContaining({ code: 'RESTORE_PATH_INVALID' })

describe('stored paths', () => {
  it.each([
    ['/', { system: 'posix', root: '', names: [] }],
    ['/a/b/', { system: 'posix', root: '', names: ['a', 'b'] }],
    ['/a\\b', { system: 'posix', root: '', names: ['a\\b'] }],
    ['C:\\', { system: 'windows', root: 'C:', names: [] }],
    ['c:\\a\\b\\', { system: 'windows', root: 'c:', names: ['a', 'b'] }],
    ['C:/a', { system: 'windows', root: 'C:', names: ['a'] }],
    ['\\\\server\\share\\a', { system: 'windows', root: '\\\\server\\share', names: ['a'] }],
    ['\\\\?\\UNC\\server\\share\\a', { system: 'windows', root: '\\\\server\\share', names: ['a'] }]
  ])('%s is understood', (stored, expected) => {
    expect(parseStoredPath(stored)).toEqual(expected)
  })

  it.each([
    '',
    'a',
    './a',
    '../a',
    '/a/../b',
    '/..',
    '/.',
    '/a/./b',
    '/a//b',
    '/a\0b',
    '/\ud800',
    'C:a',
    'C:\\..\\a',
    'C:\\a/../b',
    'C:\\a\\\\b',
    '\\a',
    '\\\\server',
    '\\\\server\\..',
    '\\\\..\\share\\a',
    '\\\\.\\C:\\a',
    '\\\\?\\C:\\a'
  ])('%j is not', (stored) => {
    expect(parseStoredPath(stored)).toBeUndefined()
    expect(() => map(stored)).toThrowError(invalid)
  })
})

describe('the common folder', () => {
  it.each([
    [['/a/b/c', '/a/b/d'], '/a/b/', false],
    [['/a/b/', '/a/b/d'], '/a/b/', true],
    [['/a/b/d', '/a/b/'], '/a/b/', true],
    [['/a/bc', '/a/bd'], '/a/', false],
    [['/a/b'], '/a/', false],
    [['/a/b/'], '/a/b/', true],
    [['/a', '/b/c'], '/', false],
    [['/'], '/', true],
    [['/a\\b', '/a\\c'], '/', false],
    [['C:\\a\\b', 'C:\\a\\c\\'], 'C:\\a\\', false],
    [['C:\\a', 'D:\\a'], '', false],
    [['\\\\s\\a\\x', '\\\\s\\b\\x'], '', false],
    [['/a', 'C:\\a'], '', false]
  ])('of %j is %j', (paths, prefix, isMember) => {
    expect(common(...paths)).toMatchObject({ prefix, isMember })
  })

  it('is unknown before the first path', () => {
    expect(new CommonFolder()).toMatchObject({ prefix: undefined, isMember: false })
  })

  it('is what comes off, but a folder picked from more keeps its name', () => {
    const version = common('/home/', '/home/ada/', '/home/ada/x', '/home/bob')
    expect(restorePrefix(common('/home/ada/', '/home/ada/x'), version)).toBe('/home/')
    expect(restorePrefix(common('/home/ada/x', '/home/ada/y'), version)).toBe('/home/ada/')
    expect(restorePrefix(common('/home/', '/home/ada/', '/home/bob'), version)).toBe('/home/')
    expect(restorePrefix(common('C:\\u\\a\\'), common('C:\\u\\', 'C:\\u\\b'))).toBe('C:\\u\\')
  })
})

describe('the target', () => {
  it('is below the restore path, without the prefix', () => {
    expect(map('/home/ada/x', { prefix: '/home/' })).toBe('ada/x')
    expect(map('/home/', { prefix: '/home/' })).toBe('')
    expect(map('/home/ada/x', { prefix: '/home/', keepFullPaths: true })).toBe('home/ada/x')
    expect(map('C:\\u\\a\\', { prefix: 'C:\\u\\' })).toBe('a')
    expect(map('C:\\u\\a', { prefix: 'C:\\u\\', keepFullPaths: true })).toBe('C/u/a')
    expect(map('D:\\a')).toBe('D/a')
    expect(map('\\\\server\\share\\a')).toBe('server/share/a')
    expect(map('/a\\..\\b')).toBe('a\\..\\b')
    expect(createTargetMapper({ restorePath: 'rel', prefix: '/' }).root).toBe(path.resolve('rel'))
  })

  it('is the original place without a restore path', () => {
    const mapper = createTargetMapper({ prefix: '/home/ada/', platform: 'linux' })
    expect(mapper.root).toBe('/home/ada/')
    expect(mapper.map('/home/ada/x/y')).toBe('x/y')
    expect(joinTarget(mapper.root, mapper.map('/home/ada/x/y'), 'linux')).toBe('/home/ada/x/y')
    const windows = createTargetMapper({ prefix: '', platform: 'windows' })
    expect(joinTarget(windows.root, windows.map('D:\\a\\b'), 'windows')).toBe('D:\\a\\b')
    const folder = createTargetMapper({ prefix: 'C:\\u\\', platform: 'windows' })
    expect(joinTarget(folder.root, folder.map('C:\\u\\b\\c'), 'windows')).toBe('C:\\u\\b\\c')
    const share = createTargetMapper({ prefix: '\\\\s\\d\\', platform: 'windows' })
    expect(joinTarget(share.root, share.map('\\\\s\\d\\x'), 'windows')).toBe('\\\\s\\d\\x')
  })

  it('cannot be the original place of another kind of system', () => {
    expect(() => createTargetMapper({ prefix: 'C:\\a\\', platform: 'linux' })).toThrowError(invalid)
    expect(() => createTargetMapper({ prefix: '', platform: 'linux' })).toThrowError(invalid)
    expect(() => createTargetMapper({ prefix: '/a/', platform: 'windows' })).toThrowError(invalid)
    expect(() => createTargetMapper({ prefix: 'a', platform: 'linux' })).toThrowError(invalid)
  })

  it('refuses what is not below the prefix', () => {
    for (const stored of ['/homes/x', '/x', '/', 'C:\\home\\x']) {
      expect(() => map(stored, { prefix: '/home/' })).toThrowError(invalid)
    }
  })

  it.each(['a:b', 'a?', 'nul', 'COM1.txt', 'end.', 'end ', 'a\\b', 'x\u0001y', 'a"b'])(
    'refuses %j on Windows only',
    (name) => {
      expect(() => map(`/a/${name}/b`, { platform: 'windows' })).toThrowError(invalid)
      expect(map(`/a/${name}/b`)).toBe(`a/${name}/b`)
    }
  )

  it('is always below the root, whatever the path', () => {
    const part = fc.oneof(
      fc.constantFrom(
        '..',
        '.',
        '',
        'C:',
        '\\',
        '\\\\',
        '/',
        '//',
        '\0',
        'a',
        'server',
        '?',
        'UNC',
        '...',
        '~'
      ),
      fc.string({ unit: 'binary', maxLength: 4 })
    )
    const stored = fc
      .tuple(
        fc.constantFrom('', '/', 'C:\\', '\\\\', '\\\\?\\', '../', 'c:'),
        fc.array(part, { maxLength: 6 }),
        fc.constantFrom('/', '\\')
      )
      .map(([start, parts, separator]) => start + parts.join(separator))
    let mapped = 0
    fc.assert(
      fc.property(
        stored,
        fc.constantFrom<Platform>('linux', 'macos', 'windows'),
        fc.boolean(),
        (text, platform, keepFullPaths) => {
          const rules = platform === 'windows' ? path.win32 : path.posix
          const root = platform === 'windows' ? 'C:\\out' : '/out'
          let relative: string
          try {
            relative = map(text, { platform, keepFullPaths })
          } catch (error) {
            expect(error).toEqual(invalid)
            return
          }
          mapped++
          const full = rules.resolve(joinTarget(root, relative, platform))
          expect(full === root || full.startsWith(root + rules.sep)).toBe(true)
          expect(relative.includes('\0')).toBe(false)
          expect(relative.split('/').every((name) => name !== '..' && name !== '.')).toBe(true)
        }
      ),
      { seed: 9, numRuns: 3000 }
    )
    expect(mapped).toBeGreaterThan(300)
  })
})

describe('names of files in conflict', () => {
  const time = new Date(2024, 0, 5, 12)

  it.each([
    ['name.txt', 'name.2024-01-05.txt', 'name.2024-01-05 (0).txt'],
    ['archive.tar.gz', 'archive.tar.2024-01-05.gz', 'archive.tar.2024-01-05 (0).gz'],
    ['name', 'name.2024-01-05', 'name.2024-01-05 (0)'],
    ['.bashrc', '.bashrc.2024-01-05', '.bashrc.2024-01-05 (0)']
  ])('of %s', (name, first, second) => {
    const names = [...conflictNames(name, time)]
    expect(names.slice(0, 2)).toEqual([first, second])
    expect(names).toHaveLength(101)
    expect(new Set(names).size).toBe(101)
  })

  it('fit a file system', () => {
    for (const candidate of conflictNames(`${'é'.repeat(125)}.txt`, time)) {
      expect(Buffer.byteLength(candidate)).toBeLessThanOrEqual(255)
      expect(candidate).toMatch(/^é{100,}\.2024-01-05.*\.txt$/)
    }
  })
})
