import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

describe('what could not be read', () => {
  test('is told of by the backup, in lists and in the version, and is restored as it was', async () => {
    await place.backUp()
    // Gone from where it was named: permissions stop nobody who is root.
    renameSync(place.source, place.path('elsewhere'))
    place.write('../other/c.txt', 'gamma')
    const other = place.path('other')
    const unread = await place.run('backup', place.destination, place.source, other, '--workers=0')
    expect(unread.exitCode).toBe(2)
    expect(unread.out).toMatch(
      /\nVersion {3}\S+ \S+Z, incomplete: 4 entries unread, as in the version before\n/
    )
    expect(unread.out).toMatch(/\nIssues {4}1\n {2}warning SOURCE_MISSING: /)
    expect(unread.out).toContain(place.source)

    const list = await place.run('list', place.destination)
    expect(list.out).toMatch(
      /^ {3}0 {2}\S+ \S+Z {2}3 files, 14 B, 4 unread\n {3}1 {2}\S+ \S+Z {2}2 files, 9 B\n/
    )
    const entries = await place.run('list', place.destination, '*.txt')
    expect(entries.out).toMatch(/\/source\/a\.txt \(unread\)\n/)
    expect(entries.out).toMatch(/\/other\/c\.txt\n/)
    const json = (await place.run('list', place.destination, '*.txt', '--json')).io.stdout.json
    expect(json.filter(({ type }) => type === 'entry').map(({ kind, isStale }) => [kind, isStale])).toEqual(
      expect.arrayContaining([
        ['file', true],
        ['file', false]
      ])
    )

    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.exitCode).toBe(0)
    expect(readFileSync(join(place.restored, 'source/a.txt'), 'utf8')).toBe('alpha')

    // Nothing is unread any more: the next version is whole.
    renameSync(place.path('elsewhere'), place.source)
    const whole = await place.run('backup', place.destination, place.source, other, '--workers=0')
    expect([whole.exitCode, whole.out]).toEqual([
      0,
      expect.stringMatching(/\nVersion {3}\S+ \S+Z, complete\n/)
    ])
  })
})

describe('a clock that goes back', () => {
  test('is a warning; the new version is the newest all the same', async () => {
    await place.backUp()
    const [list = ''] = place.volumes('dlist')
    // The version comes from a future that the clock of this machine has not reached.
    const future = list.replace(/\d{8}T\d{6}Z/, '20990101T000000Z')
    renameSync(join(place.destination, list), join(place.destination, future))
    rmSync(place.path('data'), { recursive: true })
    expect(existsSync(place.path('data'))).toBe(false)
    expect((await place.run('repair', place.destination, '--workers=0')).exitCode).toBe(0)
    place.write('a.txt', 'alpha, changed')
    const next = await place.run('backup', place.destination, place.source, '--workers=0')
    expect(next.exitCode).toBe(2)
    expect(next.out).toMatch(
      /\n {2}warning BACKUP_CLOCK_BEHIND: The clock of this machine is behind .*2099-01-01/
    )
    expect(next.out).toMatch(/\nVersion {3}20[2-8]\d-\S+ \S+Z, complete\n/)
    const versions = await place.run('list', place.destination)
    expect(versions.out).toMatch(
      /^ {3}0 {2}20[2-8]\d-\S+ \S+Z .*\n {3}1 {2}2099-01-01 00:00:00Z .*\n2 versions\n$/
    )
    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.exitCode).toBe(0)
    expect(readFileSync(join(place.restored, 'a.txt'), 'utf8')).toBe('alpha, changed')
  })
})
