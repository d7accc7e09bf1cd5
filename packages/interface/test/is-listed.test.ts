import { expect, test } from 'vitest'
import { isListed } from '../src/index.ts'

test.each([
  ['a', undefined, true],
  ['dir/a', {}, true],
  ['dir/a', { under: 'dir' }, true],
  ['dir2/a', { under: 'dir' }, false],
  ['dir', { under: 'dir' }, false],
  ['dir/sub/a', { under: 'dir' }, true],
  ['dir/sub/a', { under: 'dir', recursive: false }, false],
  ['dir/a', { under: 'dir', recursive: false }, true],
  ['dir/a', { recursive: false }, false],
  ['a', { recursive: false }, true],
  ['dir/abc', { namePrefix: 'ab' }, true],
  ['abc/dir', { namePrefix: 'ab' }, false],
  ['dir/abc', { under: 'dir', recursive: false, namePrefix: 'b' }, false]
])('%s with %j: %s', (path, options, listed) => {
  expect(isListed(path, options)).toBe(listed)
})
