import { expect, test } from 'vitest'
import { FilePlaces, isWindowsName } from '../src/file-places.ts'
import { nodeFileOperations } from '../src/index.ts'

test.each([
  'CON',
  'nul.txt',
  'com1',
  'LPT9.zip',
  'stream:data',
  'what?',
  'a*b',
  'dot.',
  'space ',
  'pipe|',
  '"q"'
])('Windows cannot have the name %j', (name) => {
  expect(isWindowsName(name)).toBe(false)
  const places = new FilePlaces('C:\\store', nodeFileOperations, 'win32')
  expect(() => places.split(`folder/${name}`)).toThrow(
    expect.objectContaining({ code: 'STORAGE_INVALID_PATH' })
  )
  expect(new FilePlaces('/store', nodeFileOperations, 'linux').split(`folder/${name}`)).toEqual([
    'folder',
    name
  ])
})

test.each(['console', 'duplicati-20250101T000000Z.dlist.zip.aes', 'a b', '.hidden', 'com10', 'ü'])(
  'Windows can have the name %j',
  (name) => expect(isWindowsName(name)).toBe(true)
)
