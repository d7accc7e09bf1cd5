import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

/** The last volume of a type: of lists, that of the newest version. */
const volume = (type: 'dblock' | 'dindex' | 'dlist'): string =>
  join(place.destination, place.volumes(type).at(-1) as string)

function flip(path: string): void {
  const bytes = readFileSync(path)
  const at = bytes.length >> 1
  bytes[at] = (bytes[at] as number) ^ 1
  writeFileSync(path, bytes)
}

describe('a destination that is damaged', () => {
  test('in the list of the newest version: no other version passes for it', async () => {
    await place.backUp()
    place.write('a.txt', 'alpha, longer')
    await place.backUp()
    flip(volume('dlist'))
    const alone = ['--no-local-db', '--restore-path', place.path('out')]

    const list = await place.run('list', place.destination, '--no-local-db')
    expect(list.exitCode).toBe(3)
    expect(list.out).toMatch(
      /1 version\n {2}error \S+ \S+Z cannot be read: its list \S+\.dlist\.zip\.aes is /
    )

    const refused = await place.run('restore', place.destination, ...alone)
    expect([refused.exitCode, refused.error]).toEqual([
      100,
      expect.stringContaining('ENGINE_VERSION_UNREADABLE')
    ])
    const named = await place.run('restore', place.destination, ...alone, '--version=0')
    expect(named.exitCode).toBe(0)
    expect(readFileSync(place.path('out/a.txt'), 'utf8')).toBe('alpha')

    rmSync(place.path('data'), { recursive: true })
    place.write('a.txt', 'alpha, other')
    const next = await place.run('backup', place.destination, place.source)
    expect([next.exitCode, next.error]).toEqual([3, ''])
    expect(next.out).toContain('RECREATE_VOLUME_UNREADABLE')
  })

  test('is told of by a backup that verifies the volume', async () => {
    await place.backUp()
    flip(volume('dblock'))
    const next = await place.run('backup', place.destination, place.source)
    expect(next.exitCode).toBe(3)
    expect(next.out).toMatch(/Damage {4}found .*\n {2}error \S+: .*\.dblock\.zip\.aes/)
    const whole = await place.run('test', place.destination, 'all')
    expect(whole.out).toMatch(/Issues {4}none/)
    expect(whole.out).toMatch(/\.dblock\.zip\.aes: .*harms \d paths in version 0\n/)
  })

  test('is made up for by the next backup, as far as the source has it', async () => {
    await place.backUp()
    flip(volume('dblock'))
    expect((await place.run('test', place.destination, 'all')).exitCode).toBe(3)
    const next = await place.run('backup', place.destination, place.source, '--backup-test-samples=0')
    expect(next.exitCode).toBe(2)
    expect(next.out).toMatch(
      /warning BACKUP_VOLUMES_DAMAGED: 1 volumes are damaged or missing .* are read again/
    )
    const to = `--restore-path=${place.path('out')}`
    const restored = await place.run('restore', place.destination, '--no-local-db', to)
    expect(restored.out).not.toMatch(/\berror\b/)
    expect(readFileSync(place.path('out/a.txt'), 'utf8')).toBe('alpha')
  })

  test.each(['dblock', 'dindex', 'dlist'] as const)(
    'by cutting a %s off is not repaired, and that is said',
    async (type) => {
      await place.backUp()
      expect((await place.run('repair', place.destination)).exitCode).toBe(0)
      truncateSync(volume(type), 10)
      const repair = await place.run('repair', place.destination)
      expect([repair.exitCode, repair.error]).toEqual([100, expect.stringContaining(`.${type}.zip.aes`)])
      expect(repair.error).toContain('REPAIR_UNSUPPORTED')
    }
  )
})
