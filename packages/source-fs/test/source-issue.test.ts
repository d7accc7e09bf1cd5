import { describe, expect, it } from 'vitest'
import { createStatReader, sourceIssue, splitPath } from '../src/index.ts'
import { useTempFolder } from './temp-folder.ts'

const temp = useTempFolder()

describe('a failed call of the file system', () => {
  it.each([
    ['ENOENT', 'SOURCE_MISSING'],
    ['ENOTDIR', 'SOURCE_MISSING'],
    ['EACCES', 'SOURCE_ACCESS_DENIED'],
    ['EPERM', 'SOURCE_ACCESS_DENIED'],
    ['EBUSY', 'SOURCE_LOCKED'],
    ['ENAMETOOLONG', 'SOURCE_PATH_TOO_LONG'],
    ['EIO', 'SOURCE_READ_FAILED']
  ])('with %s is %s', (errno, code) => {
    const error = Object.assign(new Error('words of the system'), { code: errno })
    expect(sourceIssue('/a/b', error, 'entry')).toMatchObject({
      code,
      path: '/a/b',
      severity: 'warning',
      carryOver: 'entry',
      message: expect.stringContaining('/a/b')
    })
  })

  it('of a real path that is too long is told', () => {
    const path = temp.path + '/x'.repeat(2100)
    let issue: unknown
    try {
      createStatReader(undefined).lstat(path)
    } catch (error) {
      issue = sourceIssue(path, error, 'entry')
    }
    expect(issue).toMatchObject({ code: 'SOURCE_PATH_TOO_LONG' })
  })

  it('without a code keeps its words', () => {
    expect(sourceIssue('/a', new Error('strange'), 'none').message).toContain('strange')
  })
})

describe('a path', () => {
  it.each([
    ['/home/ada/', 'linux', '/home/', 'ada/'],
    ['/home/ada', 'linux', '/home/', 'ada'],
    ['/home/', 'linux', '/', 'home/'],
    ['/', 'linux', '', '/'],
    ['/a\\b', 'linux', '/', 'a\\b'],
    ['C:\\a\\b\\', 'windows', 'C:\\a\\', 'b\\'],
    ['C:\\', 'windows', '', 'C:\\']
  ] as const)('%s of %s is split', (path, platform, folder, name) => {
    expect(splitPath(path, platform)).toEqual({ folder, name })
  })
})
