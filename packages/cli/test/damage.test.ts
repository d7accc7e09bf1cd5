import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
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

const sizeOf = (name: string): number => statSync(join(place.destination, name)).size

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
    expect(named.exitCode).toBe(2)
    expect(named.error).toMatch(
      /^While the destination was read:\n {2}\w+ RECREATE_VOLUME_UNREADABLE: .*\.dlist\.zip\.aes.*\n$/
    )
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
    expect(whole.out).toMatch(
      /\.dblock\.zip\.aes cannot be read at all\n {2}VOLUME_HASH_MISMATCH: it was altered .*\n/
    )
    expect(whole.out).toMatch(/\n {2}Harms \d paths in version 0:\n/)
  })

  test('is told of once for each volume, with what that harms', async () => {
    await place.backUp()
    place.write('a.txt', 'alpha, longer')
    for (let i = 0; i < 7; i++) place.write(`more/${i}.txt`, `text ${i}`)
    await place.backUp()
    const dblock = place.volumes('dblock').sort((a, b) => sizeOf(b) - sizeOf(a))[0] as string
    const [list = ''] = place.volumes('dlist')
    const [index = ''] = place.volumes('dindex')
    truncateSync(join(place.destination, dblock), 1000)
    flip(join(place.destination, list))
    rmSync(join(place.destination, index))
    const stranger = 'duplicati-b0123456789abcdef0123456789abcdef.dblock.zip.aes'
    writeFileSync(join(place.destination, stranger), 'x')

    const tested = await place.run('test', place.destination, 'all')
    expect(tested.exitCode).toBe(3)
    const blocks = tested.out.split('\n\n').map((block) => block.replace(/^\n/, ''))
    const blockOf = (name: string): string[] =>
      blocks.filter((block) => block.startsWith(`${name} `)).flatMap((block) => block.split('\n'))
    expect(blockOf(list)).toEqual([
      `${list} is damaged`,
      '  VOLUME_HASH_MISMATCH: it was altered or damaged: its hash is not the recorded one',
      expect.stringMatching(
        /^ {2}It is the list of version 1, of \S+ \S+Z, which only this catalog can restore/
      )
    ])
    expect(blockOf(dblock)).toEqual([
      `${dblock} cannot be read at all`,
      expect.stringMatching(/^ {2}VERIFY_SIZE_MISMATCH: it has 1000 bytes instead of \d+$/),
      expect.stringMatching(/^ {2}CRYPTO_[A-Z]+: /),
      expect.stringMatching(/^ {2}Harms \d+ paths in version/),
      ...Array.from({ length: 5 }, () => expect.stringMatching(/^ {4}\/.*\.txt$/)),
      expect.stringMatching(/^ {4}and \d+ more; "tercet affected <url> duplicati-b\S+" lists them$/)
    ])
    expect(blockOf(index)).toEqual([
      `${index} is missing`,
      '  VERIFY_VOLUME_MISSING: it is not at the destination',
      '  Harms nothing: it only saves time when the catalog is made anew.'
    ])
    expect(blockOf(stranger)[0]).toBe(`${stranger} is not known to the catalog`)
    expect(tested.out).toMatch(/\nDamaged {3}4 volumes, 5 defects\nHarmed {4}\d+ paths in versions 0, 1\n/)

    const json = (await place.run('test', place.destination, 'all', '--json')).io.stdout.json
    const volumes = json.filter(({ type }) => type === 'damaged-volume')
    expect(volumes.map(({ volume, kind, state }) => [volume, kind, state])).toEqual([
      [list, 'dlist', 'damaged'],
      ...[dblock, stranger]
        .sort()
        .map((name) => [name, 'dblock', name === dblock ? 'unreadable' : 'unknown']),
      [index, 'dindex', 'missing']
    ])
    expect(json.at(-1)).toMatchObject({
      type: 'result',
      damaged: 4,
      defects: 5,
      harmed: { versions: [0, 1] }
    })
  })

  test('in a list, before there was a catalog: its version is told of as lost', async () => {
    await place.backUp()
    place.write('a.txt', 'alpha, longer')
    await place.backUp()
    flip(volume('dlist'))
    const tested = await place.run('test', place.destination, 'all', '--no-local-db')
    expect(tested.exitCode).toBe(3)
    expect(tested.out).toMatch(
      /\n {2}It is the list of the version of \S+ \S+Z, which cannot be restored without it\.\n/
    )
    expect(tested.out).toMatch(/\nHarmed {4}1 version without a number\n/)
  })

  test('in its only list: the error names it', async () => {
    await place.backUp()
    flip(volume('dlist'))
    const tested = await place.run('test', place.destination, 'all', '--no-local-db')
    expect([tested.exitCode, tested.error]).toEqual([
      100,
      expect.stringMatching(/lists of versions could be read: duplicati-\S+\.dlist\.zip\.aes cannot be read/)
    ])
  })

  test('is made up for by the next backup, as far as the source has it', async () => {
    await place.backUp()
    flip(volume('dblock'))
    expect((await place.run('test', place.destination, 'all')).exitCode).toBe(3)
    const next = await place.run('backup', place.destination, place.source, '--backup-test-samples=0')
    expect(next.exitCode).toBe(2)
    expect(next.out).toMatch(
      /warning BACKUP_VOLUMES_DAMAGED: Damaged or missing: 1 volume \(.*\)\. What needs them is read again/
    )
    const to = `--restore-path=${place.path('out')}`
    const restored = await place.run('restore', place.destination, '--no-local-db', to)
    expect(restored.out).not.toMatch(/\berror\b/)
    expect(readFileSync(place.path('out/a.txt'), 'utf8')).toBe('alpha')
  })

  test('of which only a part is found again is told as that', async () => {
    await place.backUp()
    rmSync(join(place.source, 'a.txt'))
    rmSync(volume('dblock'))
    const repair = await place.run('repair', place.destination)
    expect(repair.exitCode).toBe(3)
    expect(repair.out).toMatch(/\nMended {4}no volume as a whole; \d+ blocks? found again; .* stored\n/)
    expect(repair.out).toMatch(/\nLost {6}1 volume, \d+ paths?; "tercet list-broken-files" names them\n/)
    const again = await place.run('repair', place.destination)
    expect(again.out).toContain('\nMended    nothing\n')
  })

  test.each(['dblock', 'dindex', 'dlist'] as const)('by cutting a %s off is repaired', async (type) => {
    await place.backUp()
    expect((await place.run('repair', place.destination)).exitCode).toBe(0)
    truncateSync(volume(type), 10)
    const repair = await place.run('repair', place.destination)
    expect(repair.exitCode).toBe(type === 'dlist' ? 2 : 0)
    expect(repair.out).toMatch(new RegExp(`\\n  \\S+\\.${type}\\.\\S+  has another size than was stored: `))
    expect(repair.out).toContain('\nMended    1 volume')
    expect((await place.run('test', place.destination, 'all')).exitCode).toBe(0)
  })
})
