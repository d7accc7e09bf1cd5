import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

test('purge tells its plan first, and carries it out', async () => {
  place.write('secret.txt', 'not for others')
  place.write('a.txt', 'stays')
  await place.backUp('--backup-test-samples=0')
  const before = place.volumes('dlist')
  const shown = await place.run('purge', place.destination, 'secret.txt', '--dry-run')
  expect(shown).toMatchObject({ exitCode: 0 })
  expect(shown.out).toMatch(
    /^ {3}0 {2}\S+ \S+ {2}1 of 5 go, 14 B\n {2}\/.*\/secret.txt\nPurge {5}1 version\n$/
  )
  expect(place.volumes('dlist')).toEqual(before)
  const done = await place.run('purge', place.destination, 'secret.txt')
  expect(done).toMatchObject({ exitCode: 0 })
  expect(done.out).toContain('Purged    1 version\n')
  expect(place.volumes('dlist')).not.toEqual(before)
  const listed = await place.run('list', place.destination, '*')
  expect(listed.out).toContain('a.txt')
  expect(listed.out).not.toContain('secret.txt')
  expect(await place.run('test', place.destination, 'all')).toMatchObject({ exitCode: 0 })
  const again = await place.run('purge', place.destination, 'secret.txt')
  expect(again).toMatchObject({ exitCode: 100 })
  expect(again.error).toContain('PURGE_NOTHING_MATCHES')
  expect(await place.run('purge', place.destination)).toMatchObject({ exitCode: 200 })
})

test('purge tells plan and result as JSON', async () => {
  place.write('secret.txt', 'not for others')
  await place.backUp('--backup-test-samples=0')
  const { out } = await place.run('purge', place.destination, '*.txt', '--version=0', '--json')
  const lines = out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.find(({ type }) => type === 'plan')).toMatchObject({ plan: { purged: [{ removedFiles: 3 }] } })
  expect(lines.at(-1)).toMatchObject({ type: 'result', outcome: 'success', rewritten: [{ number: 0 }] })
})

test('purge-broken-files gives up what is lost', async () => {
  place.write('a.txt', 'stays')
  await place.backUp('--backup-test-samples=0')
  const before = place.volumes('dblock')
  expect((await place.run('purge-broken-files', place.destination)).out).toBe(
    'Purge     nothing, as nothing is known to be broken\n'
  )
  place.write('b.txt', 'is lost')
  await place.backUp('--backup-test-samples=0')
  const [lost] = place.volumes('dblock').filter((name) => !before.includes(name))
  rmSync(join(place.destination, lost!))
  const shown = await place.run('purge-broken-files', place.destination, '--dry-run')
  expect(shown).toMatchObject({ exitCode: 0 })
  expect(shown.out).toContain(`Give up   1 volume\n  ${lost}  missing at the destination\n`)
  expect(shown.out).toContain('/b.txt\n')
  const done = await place.run('purge-broken-files', place.destination)
  expect(done).toMatchObject({ exitCode: 0 })
  expect(done.out).toContain('Given up  1 volume\nPurged    1 version\n')
  expect(await place.run('list-broken-files', place.destination)).toMatchObject({ exitCode: 0 })
  expect(await place.run('test', place.destination, 'all')).toMatchObject({ exitCode: 0 })
})
