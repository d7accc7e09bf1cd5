import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

describe('back up, look and restore', () => {
  test('a whole life', async () => {
    const first = await place.backUp()
    expect(first.out.split('\n')).toEqual([
      'Examined  2 files, 9 B; 2 new, 0 changed, 0 deleted',
      expect.stringMatching(/^Stored {4}\d/),
      expect.stringMatching(/^Version {3}\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, complete$/),
      'Issues    none',
      expect.stringMatching(/^Took {6}/),
      ''
    ])
    expect((await place.backUp()).out).toContain('no new one, as nothing changed')

    place.write('a.txt', 'alpha, longer')
    rmSync(join(place.source, 'sub'), { recursive: true })
    await place.backUp()

    const list = await place.run('list', place.destination)
    expect(list.out).toMatch(
      /^ {3}0 {2}\S+ \S+Z {2}1 file, 13 B\n {3}1 {2}\S+ \S+Z {2}2 files, 9 B\n2 versions\n$/
    )
    expect((await place.run('list', place.destination, 'b.txt')).out).toContain('Nothing matches')
    expect((await place.run('list', place.destination, 'b.txt', '--version=1')).out).toContain(
      `${place.source}/sub/b.txt\n`
    )
    expect((await place.run('find', place.destination, '*.txt')).out).toBe(
      `${place.source}/a.txt  (0: 13 B, 1: 5 B)\n${place.source}/sub/b.txt  (1: 4 B)\n2 paths\n`
    )
    expect((await place.run('search-entries', place.destination, 'sub')).out).toContain('sub/b.txt')
    expect(
      (await place.run('list-folder-content', place.destination, place.source, '--version=1')).out
    ).toContain(`${place.source}/sub/\n2 entries\n`)
    expect((await place.run('list-file-versions', place.destination, `${place.source}/a.txt`)).out).toContain(
      '(0: 13 B, 1: 5 B)'
    )
    const compared = (await place.run('compare', place.destination)).out
    expect(compared).toContain(`- ${place.source}/sub/b.txt  4 B\n`)
    expect(compared).toContain(`~ ${place.source}/a.txt  13 B  (content, size`)

    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--version=1',
      '--workers=0'
    )
    expect(restored.exitCode).toBe(0)
    expect(restored.out).toMatch(/^Restored {2}2 files, 2 folders, 0 links, 9 B\nVersion {3}1, of /)
    expect(readFileSync(join(place.restored, 'sub/b.txt'), 'utf8')).toBe('beta')

    const tested = await place.run('test', place.destination, 'all', '--workers=0')
    expect(tested.out).toMatch(/^Verified {2}6 of 6 volumes\nDamaged {3}none\n/)
    const affected = await place.run('affected', place.destination, ...place.volumes('dblock'))
    expect(affected.out).toContain('sub/b.txt  (1)')
  })

  test('tells which paths no version has, and that a folder is not there', async () => {
    await place.backUp()
    const a = `${place.source}/a.txt`
    const some = await place.run('list-file-versions', place.destination, a, '/nope')
    expect([some.exitCode, some.out]).toEqual([
      2,
      expect.stringMatching(
        / {2}\(0: 5 B\)\n\/nope {2}\(in no version\)\n1 of 2 paths found\nPaths are whole/
      )
    ])
    expect((await place.run('list-file-versions', place.destination, a)).exitCode).toBe(0)

    const folder = await place.run('list-folder-content', place.destination, `${place.source}/nope`)
    expect([folder.exitCode, folder.out]).toEqual([100, ''])
    expect(folder.error).toContain(
      `Version 0 has no folder "${place.source}/nope/" [ENGINE_FOLDER_NOT_FOUND]`
    )
    const top = await place.run('list-folder-content', place.destination)
    expect([top.exitCode, top.out]).toEqual([0, expect.stringContaining(`${place.source}/\n1 entry\n`)])
  })

  test('tells what a repair would do, and does nothing', async () => {
    await place.backUp()
    rmSync(place.path('data'), { recursive: true })
    const shown = await place.run('repair', place.destination, '--dry-run')
    expect(shown.out).toMatch(/^Catalog {3}is missing; .*\nFetch {5}2 volumes, /)
    expect(shown.exitCode).toBe(0)
    expect(existsSync(place.path('data'))).toBe(false)
    expect((await place.run('repair', place.destination)).out).toContain('Taken in  1 version')
    expect((await place.run('repair', place.destination, '--dry-run')).out).toContain('is as it should be')
  })

  test('from the destination alone, leaving no catalog behind', async () => {
    await place.backUp()
    rmSync(place.path('data'), { recursive: true })
    const listed = await place.run('list', place.destination, '*a.txt')
    expect(listed.out).toContain('a.txt')
    const restored = await place.run(
      'restore',
      place.destination,
      'a.txt',
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.exitCode).toBe(0)
    expect(readdirSync(place.restored)).toEqual(['a.txt'])
    expect(existsSync(place.path('data'))).toBe(false)
  })

  test('the catalog is made anew by repair, and before a backup that lacks it', async () => {
    await place.backUp()
    for (const again of [
      ['repair', place.destination],
      ['backup', place.destination, place.source, '--workers=0']
    ]) {
      rmSync(place.path('data'), { recursive: true })
      expect((await place.run(...again)).exitCode).toBe(0)
      expect(existsSync(place.path('data'))).toBe(true)
    }
    expect(place.volumes('dlist')).toHaveLength(1)
    expect((await place.run('repair', place.destination)).out).toContain('Taken in  0 versions')
  })

  test('with a catalog of its own place, and without one', async () => {
    await place.backUp(`--dbpath=${place.path('my.sqlite')}`)
    expect(existsSync(place.path('my.sqlite'))).toBe(true)
    expect((await place.run('list', place.destination, '--no-local-db')).exitCode).toBe(0)
    expect(existsSync(place.path('data'))).toBe(false)
  })

  test('an unencrypted destination asks for nothing', async () => {
    await place.backUp('--no-encryption')
    expect(place.volumes('dblock')[0]).toMatch(/\.zip$/)
    const { exitCode, io } = await place.runWith(
      { environment: { PASSPHRASE: '' }, answers: [] },
      'list',
      place.destination
    )
    expect(exitCode).toBe(0)
    expect(io.questions).toEqual([])
  })

  test('the passphrase is asked for where it is needed', async () => {
    const world = { environment: { PASSPHRASE: '' }, answers: ['typed', 'typed'] }
    const made = await place.runWith(world, 'backup', place.destination, place.source, '--workers=0')
    expect(made.exitCode).toBe(0)
    expect(made.io.questions).toEqual(['Passphrase for the new destination: ', 'The same again: '])
    const listed = await place.runWith({ ...world, answers: ['typed'] }, 'list', place.destination)
    expect([listed.exitCode, listed.io.questions]).toEqual([0, ['Passphrase: ']])
  })

  test('a dry run changes nothing anywhere', async () => {
    const dry = await place.run('backup', place.destination, place.source, '--dry-run', '--workers=0')
    expect([dry.exitCode, dry.out]).toEqual([0, expect.stringContaining('a new one would be stored')])
    expect(readdirSync(place.folder)).toEqual(['source'])

    await place.backUp()
    const before = readdirSync(place.destination)
    place.write('new.txt', 'new')
    expect(
      (await place.run('backup', place.destination, place.source, '--dry-run', '--workers=0')).out
    ).toContain('1 new')
    const restore = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--dry-run'
    )
    expect(restore.out).toContain('Would restore  2 files')
    expect(readdirSync(place.destination)).toEqual(before)
    expect(existsSync(place.restored)).toBe(false)
  })

  test('filters work in their order, and test-filters tells why', async () => {
    place.write('keep.tmp', 'k')
    place.write('drop.tmp', 'd')
    const filters = ['--include=*/keep.tmp', '--exclude=*.tmp']
    const told = await place.run('test-filters', place.source, ...filters)
    expect(told.out).toContain(`+ ${place.source}/keep.tmp`)
    expect(told.out).toContain(`- ${place.source}/drop.tmp`)
    await place.backUp(...filters)
    const listed = (await place.run('list', place.destination, '*.tmp')).out
    expect(listed).toContain('keep.tmp')
    expect(listed).not.toContain('drop.tmp')
  })

  test('a file of parameters stands for everything', async () => {
    const file = place.path('job.txt')
    writeFileSync(
      file,
      [
        `--target=${place.destination}`,
        `--source=${place.source}`,
        '--workers=0',
        '--append-filter=-*/sub/'
      ].join('\n')
    )
    expect((await place.run('backup', `--parameters-file=${file}`)).out).toContain('Examined  1 file')
  })

  test('a version is compared with the files as they are now', async () => {
    await place.backUp()
    const { mtime } = statSync(join(place.source, 'a.txt'))
    expect((await place.run('compare', place.destination, '--source')).out).toBe(
      '0 added, 0 deleted, 0 entries changed\n'
    )
    place.write('a.txt', 'ALPHA')
    utimesSync(join(place.source, 'a.txt'), mtime, mtime)
    place.write('new.txt', 'n')
    const byTime = (await place.run('compare', place.destination, '--source', '--exclude=*new*')).out
    expect(byTime).not.toContain('a.txt')
    const byContent = (await place.run('compare', place.destination, '0', '--source', '--content')).out
    expect(byContent).toContain(`~ ${place.source}/a.txt  5 B  (content)`)
    expect(byContent).toContain(`+ ${place.source}/new.txt  1 B`)
    expect((await place.run('compare', place.destination, '--content')).exitCode).toBe(200)
  })

  test('overwriting is asked for', async () => {
    await place.backUp()
    mkdirSync(place.restored)
    writeFileSync(join(place.restored, 'a.txt'), 'mine')
    const to = [`--restore-path=${place.restored}`, '--workers=0']
    await place.run('restore', place.destination, ...to)
    expect(readFileSync(join(place.restored, 'a.txt'), 'utf8')).toBe('mine')
    expect(readdirSync(place.restored)).toHaveLength(3)
    await place.run('restore', place.destination, '--overwrite', ...to)
    expect(readFileSync(join(place.restored, 'a.txt'), 'utf8')).toBe('alpha')
  })
})

describe('for programs', () => {
  test('--json is one event a line, at last the result', async () => {
    const made = await place.run('backup', place.destination, place.source, '--json', '--workers=0')
    const events = made.io.stdout.json
    expect(events[0]).toMatchObject({ type: 'phase-start' })
    expect(events.at(-1)).toMatchObject({ type: 'result', outcome: 'success', exitCode: 0, addedFiles: 2 })
    expect(made.error).toBe('')
    const listed = (await place.run('list', place.destination, '--json')).io.stdout.json
    expect(listed.map(({ type }) => type)).toEqual(['version', 'result'])
  })
  test('it tells how much is fetched before a catalog is made', async () => {
    await place.backUp()
    rmSync(place.path('data'), { recursive: true })
    const events = (await place.run('list', place.destination, '--json')).io.stdout.json
    expect(events[0]).toMatchObject({ type: 'recreate-start', volumes: 2, bytes: expect.any(Number) })
  })
  test('the passphrase is in nothing that is said or kept', async () => {
    const secret = 'correct horse battery'
    const results = [
      await place.runWith(
        { environment: { PASSPHRASE: secret } },
        'backup',
        place.destination,
        place.source,
        '--json',
        '--workers=0'
      ),
      await place.run('list', place.destination, `--passphrase=${secret}`, '--json'),
      await place.run('list', place.destination, `--passphrase=${secret}2`),
      await place.run('backup', place.destination, place.source, `--passphrase=${secret}`, '--passphrase=x'),
      await place.run('list', place.destination, `--pasphrase=${secret}`)
    ]
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 100, 200, 200])
    for (const { out, error } of results) expect(out + error).not.toContain('horse')
    const catalogs = readdirSync(place.path('data/tercet/catalogs'))
    expect(catalogs.length).toBeGreaterThan(0)
    for (const name of catalogs)
      expect(readFileSync(place.path(`data/tercet/catalogs/${name}`)).includes('horse')).toBe(false)
  })
})

test('a moved destination has a catalog of its own', async () => {
  await place.backUp()
  const moved = place.path('moved')
  renameSync(place.destination, moved)
  expect((await place.run('list', moved)).exitCode).toBe(0)
  const gone = await place.run('list', place.destination)
  expect([gone.exitCode, gone.error]).toEqual([
    100,
    expect.stringContaining('Is its disk mounted? [BACKUP_NOT_FOUND]')
  ])
  expect((await place.run('backup', place.destination, place.source)).exitCode).toBe(100)
  expect(existsSync(place.destination)).toBe(false)
})

test('system-info tells versions', async () => {
  expect((await place.run('system-info')).out).toMatch(/^Tercet +\d/)
})
