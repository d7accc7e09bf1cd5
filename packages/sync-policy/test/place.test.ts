import { expect, test } from 'vitest'
import { destinationIdOf, displayUrl, type PlaceOptions, placeOf, placeRelation } from '../src/index.ts'

function relation(a: string, b: string, options?: PlaceOptions): string {
  return placeRelation(placeOf(a, options)!, placeOf(b, options)!)
}

test.each([
  ['file:///mnt/a', '/mnt/a/', 'same'],
  ['file:///mnt/a', '/mnt/./b/../a', 'same'],
  ['/mnt/a', '/mnt/a/b', 'around'],
  ['/mnt/a/b', 'file:///mnt/a', 'inside'],
  ['/mnt/a', '/mnt/ab', 'apart'],
  ['/mnt/A', '/mnt/a', 'apart'],
  ['C:\\Backup', 'file:///c:/backup', 'same'],
  ['C:\\Backup', 'D:\\Backup', 'apart'],
  ['file:///a?b', 'file:///a', 'apart'],
  ['S3://Bucket/x', 's3://bucket/x/', 'same'],
  ['s3://bucket/x', 's3://bucket/x/y', 'around'],
  ['s3://bucket/x?s3-server-name=a.example', 's3://bucket/x?s3-server-name=b.example', 'apart'],
  ['s3://bucket/x?use-ssl=true', 's3://bucket/x', 'same'],
  ['ssh://ada:secret@nas:22/b', 'sftp://ada@nas/b', 'same'],
  ['ssh://ada@nas/b', 'ssh://bob@nas/b', 'apart'],
  ['ssh://nas/b', 'ssh://nas:2222/b', 'apart'],
  ['ftp://nas/a%20b', 'ftp://nas/a b', 'same'],
  ['webdav://nas/b', 'ftp://nas/b', 'apart']
])('%s and %s: %s', (a, b, expected) => {
  expect(relation(a, b)).toBe(expected)
})

test('relative paths are compared where they begin', () => {
  expect(relation('backup', '/srv/backup')).toBe('apart')
  expect(relation('backup', '/srv/backup', { workingFolder: '/srv' })).toBe('same')
})

test('a blank URL names no place', () => {
  expect(placeOf('  ')).toBeUndefined()
  expect(() => destinationIdOf(' ')).toThrow(RangeError)
})

test('T1: the id is made from the URL without credentials and options', () => {
  const id = destinationIdOf('ssh://ada:secret@NAS:22/backup/?retries=3')
  expect(id).toMatch(/^sftp-[0-9a-f]{24}$/)
  expect(destinationIdOf('ssh://nas/backup')).toBe(id)
  expect(destinationIdOf('sftp://bob:other@nas/backup')).toBe(id)
  expect(destinationIdOf('ssh://nas/other')).not.toBe(id)
  expect(destinationIdOf('ssh://nas2/backup')).not.toBe(id)
})

test.each([
  ['ssh://ada:secret@nas/backup?auth-password=secret', 'ssh://nas/backup'],
  ['ftp://bob:pa/secret@host/x', 'ftp:[hidden]'],
  ['ftp://bob:12/secret@host/x', 'ftp:[hidden]'],
  ['ftp://bob:a@secret@host/x', 'ftp://host/x'],
  ['s3://bucket/me@home', 's3://bucket/me@home'],
  ['file:///mnt/a?b', 'file:///mnt/a?b'],
  ['/mnt/a', '/mnt/a'],
  ['weird:secret', 'weird:[hidden]'],
  [' s3://b/x ', 's3://b/x']
])('no credentials are shown of %s', (url, expected) => {
  expect(displayUrl(url)).toBe(expected)
})
