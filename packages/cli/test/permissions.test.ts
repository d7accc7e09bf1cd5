import { chmodSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
let mask: number
beforeEach(() => {
  place = new Workplace()
  mask = process.umask(0)
})
afterEach(() => {
  process.umask(mask)
  place[Symbol.dispose]()
})

/** Path → permissions of everything below a folder, the folder itself included. */
function permissions(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return Object.fromEntries(
    ['', ...entries].map((entry) => [entry, (statSync(join(folder, entry)).mode & 0o777).toString(8)])
  )
}

function assertPrivate(folder: string): void {
  const found = permissions(folder)
  expect(Object.keys(found).some((path) => path.endsWith('.sqlite'))).toBe(true)
  for (const [path, mode] of Object.entries(found))
    expect([path, mode]).toEqual([path, statSync(join(folder, path)).isDirectory() ? '700' : '600'])
}

// Names of files are nobody else's business, whatever the user's usual permissions are.
test('the usual place of the catalogs belongs to the user alone', async () => {
  await place.backUp()
  assertPrivate(place.path('data'))
})

test('so does a catalog in a place of its own, in a folder that is made for it', async () => {
  await place.backUp(`--dbpath=${place.path('own/catalogs/c.sqlite')}`)
  assertPrivate(place.path('own'))
})

test('the permissions of a folder that is there are left alone', async () => {
  chmodSync(place.folder, 0o755)
  await place.backUp(`--dbpath=${place.path('c.sqlite')}`)
  expect(permissions(place.folder)).toMatchObject({ '': '755', 'c.sqlite': '600', 'c.sqlite-lock': '600' })
})
