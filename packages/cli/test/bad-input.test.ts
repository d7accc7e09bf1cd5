import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openBackup } from '@tercet/sdk'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type ProgramResult, Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

/** The exit code, the code of the error, and that the message names the thing. */
function expectRefusal(result: ProgramResult, exitCode: number, code: string, ...names: string[]): void {
  expect(result.error).toContain(`[${code}]`)
  for (const name of names) expect(result.error).toContain(name)
  expect(result.exitCode).toBe(exitCode)
  expect(result.out).toBe('')
}

describe('a passphrase', () => {
  test('that is wrong', async () => {
    await place.backUp()
    const attempt = await place.runWith({ environment: { PASSPHRASE: 'hunter3' } }, 'list', place.destination)
    expectRefusal(attempt, 100, 'ENGINE_PASSPHRASE_WRONG', place.destination)
    expect(attempt.error).not.toContain('hunter3')
  })
  test('that is missing, for an encrypted destination and for a new one', async () => {
    const none = { environment: { PASSPHRASE: '' } }
    const fresh = await place.runWith(none, 'backup', place.destination, place.source)
    expectRefusal(fresh, 200, 'CONFIG_MISSING', '--no-encryption')
    await place.backUp()
    expectRefusal(
      await place.runWith(none, 'list', place.destination),
      100,
      'ENGINE_PASSPHRASE_MISSING',
      place.destination,
      '--passphrase-file'
    )
  })
  test('for a destination that is not encrypted', async () => {
    await place.backUp('--no-encryption')
    expectRefusal(
      await place.run('backup', place.destination, place.source),
      100,
      'BACKUP_PASSPHRASE_UNEXPECTED',
      '--no-encryption'
    )
  })
})

describe('a destination', () => {
  test('that is missing, empty, or not a backup', async () => {
    expectRefusal(await place.run('list', place.destination), 100, 'BACKUP_NOT_FOUND', place.destination)
    mkdirSync(place.destination)
    expectRefusal(await place.run('restore', place.destination), 100, 'BACKUP_NOT_FOUND', 'is empty')
    expectRefusal(await place.run('test', place.source), 100, 'BACKUP_NOT_FOUND', 'has files, but no backup')
    expectRefusal(await place.run('repair', place.destination), 100, 'BACKUP_NOT_FOUND', 'is empty')
  })
  test('with another prefix', async () => {
    await place.backUp('--prefix=laptop')
    expectRefusal(await place.run('list', place.destination), 100, 'BACKUP_NOT_FOUND', '"laptop"', '--prefix')
    expect((await place.run('list', place.destination, '--prefix=laptop')).exitCode).toBe(0)
  })
  test('that is a file, or no URL', async () => {
    const file = join(place.source, 'a.txt')
    expect((await place.run('list', file)).exitCode).toBe(100)
    expectRefusal(
      await place.run('list', 'gopher://x'),
      200,
      'STORAGE_UNKNOWN_SCHEME',
      '"gopher:"',
      'file:',
      's3:'
    )
    expectRefusal(await place.run('list'), 200, 'CONFIG_MISSING', 'tercet list <url>')
  })
  test('is not made by a run that is refused', async () => {
    const refused = await place.run('backup', place.destination, place.source, '--dblock-size=1mb')
    expect([refused.exitCode, refused.error]).toEqual([200, expect.stringContaining('--dblock-size')])
    expect(existsSync(place.destination)).toBe(false)
  })

  test('whose block size is another', async () => {
    await place.backUp()
    expectRefusal(
      await place.run('backup', place.destination, place.source, '--blocksize=100kb'),
      100,
      'BACKUP_PARAMETER_CHANGED',
      '1048576'
    )
  })
  test('that has lost a volume for good: what can be restored is, and repair says what it cannot do', async () => {
    await place.backUp()
    place.write('later.txt', 'later')
    await place.backUp()
    const [lost] = place.volumes('dblock')
    rmSync(join(place.destination, lost!))
    const repaired = await place.run('repair', place.destination, '--local-blocks=false')
    expect(repaired.exitCode).toBe(3)
    expect(repaired.out).toContain(`REPAIR_VOLUME_LOST: ${lost}`)
    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.exitCode).toBe(3)
    expect(restored.out).toContain(lost!)
  })
})

describe('a test', () => {
  test.each([[['0']], [['--samples=0']]])('of nothing is refused: %j', async (options) => {
    await place.backUp()
    const refused = await place.run('test', place.destination, ...options)
    expectRefusal(refused, 200, 'CONFIG_INVALID_VALUE', '0 samples')
    expect((await place.run('test', place.destination, '1', '--workers=0')).exitCode).toBe(0)
  })
})

test.each([
  ['--restore-path=', '--restore-path is empty; give a path'],
  ['--prefix=', '--prefix is empty; give a text'],
  ['--time=', '--time: '],
  ['--time=soon', '--time: "soon" is not a time. Write a date'],
  ['--version=first', '--version: "first" is not a whole number']
])('an option whose text says nothing, %s', async (option, message) => {
  const refused = await place.run('restore', place.destination, option)
  expectRefusal(refused, 200, 'CONFIG_INVALID_VALUE', `tercet: ${message}`)
})

describe('a volume', () => {
  const damage = (change: (bytes: Buffer) => Buffer) => {
    const path = join(place.destination, place.volumes('dblock')[0]!)
    writeFileSync(path, change(readFileSync(path)))
  }

  test.each([
    ['is cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 100)],
    [
      'has a flipped bit',
      (bytes: Buffer) => Buffer.from(bytes.map((byte, at) => (at === 700 ? byte ^ 1 : byte)))
    ]
  ])('that %s is named with the files that need it', async (_what, change) => {
    await place.backUp()
    expect((await place.run('test', place.destination, 'all', '--workers=0')).exitCode).toBe(0)
    damage(change)
    const tested = await place.run('test', place.destination, 'all', '--workers=0')
    expect(tested.exitCode).toBe(3)
    expect(tested.out).toContain(place.volumes('dblock')[0])
    expect(tested.out).toContain('a.txt')
    expect(tested.out).toContain('version 0')
    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${place.restored}`,
      '--workers=0'
    )
    expect(restored.exitCode).toBe(3)
    expect(restored.out).toContain('a.txt')
  })
})

describe('a choice', () => {
  beforeEach(() => place.backUp())

  test('of a version that does not exist, by number and by time', async () => {
    for (const choice of ['--version=7', '--time=2015/9/10'])
      expectRefusal(await place.run('restore', place.destination, choice), 100, 'CATALOG_NO_SUCH_VERSION')
    expectRefusal(await place.run('compare', place.destination), 100, 'CATALOG_NO_SUCH_VERSION', 'version 1')
  })
  test('of a time that is none, or of both', async () => {
    expectRefusal(
      await place.run('restore', place.destination, '--time=3600'),
      200,
      'CONFIG_INVALID_VALUE',
      '--time'
    )
    expectRefusal(
      await place.run('compare', place.destination, 'soon'),
      200,
      'CONFIG_INVALID_VALUE',
      '"soon"'
    )
    expectRefusal(
      await place.run('list', place.destination, '--version=0', '--time=now'),
      200,
      'CONFIG_CONFLICT',
      '--version'
    )
  })
  test('of nothing', async () => {
    expectRefusal(
      await place.run('restore', place.destination, 'no such name'),
      100,
      'RESTORE_NOTHING_SELECTED'
    )
  })
})

describe('a source', () => {
  test('that does not exist, alone and beside one that does', async () => {
    const gone = place.path('gone')
    const alone = await place.run('backup', place.destination, gone, '--workers=0')
    expectRefusal(alone, 100, 'SOURCE_NONE', gone)
    const beside = await place.run('backup', place.destination, place.source, gone, '--workers=0')
    expect(beside.exitCode).toBe(2)
    expect(beside.out).toContain(gone)
    expectRefusal(
      await place.run(
        'backup',
        place.destination,
        place.source,
        gone,
        '--abort-if-source-missing',
        '--workers=0'
      ),
      100,
      'SOURCE_MISSING',
      gone
    )
  })
  test('that vanishes keeps its entries, with a warning', async () => {
    await place.backUp()
    rmSync(place.source, { recursive: true })
    mkdirSync(place.path('other'))
    const run = await place.run('backup', place.destination, place.source, place.path('other'), '--workers=0')
    expect(run.exitCode).toBe(2)
    expect((await place.run('list', place.destination, '*a.txt')).out).toContain('a.txt')
  })
  test('is needed', async () => {
    expectRefusal(await place.run('backup', place.destination), 200, 'CONFIG_MISSING', 'source')
  })
  test('filter that is impossible', async () => {
    for (const expression of ['[a(?=b)]', '[(]', '{nonsense}'])
      expectRefusal(
        await place.run('backup', place.destination, place.source, `--exclude=${expression}`),
        200,
        'FILTER_INVALID'
      )
  })
})

describe('options', () => {
  test.each([
    [['--dblok-size=50mb'], 'CONFIG_UNKNOWN_KEY', '--dblock-size'],
    [['--dblock-size=fifty'], 'CONFIG_INVALID_VALUE', '--dblock-size'],
    [['--dry-run=maybe'], 'CONFIG_INVALID_VALUE', '--dry-run'],
    [['--asynchronous-upload-limit=0'], 'CONFIG_INVALID_VALUE', '--asynchronous-upload-limit'],
    [['--allow-missing-source', '--abort-if-source-missing'], 'CONFIG_CONFLICT', '--allow-missing-source'],
    [['--zip-compression-method=bzip3'], 'CONFIG_INVALID_VALUE', 'bzip3'],
    [['--encryption-module=rot13'], 'CONFIG_INVALID_VALUE', 'rot13'],
    [['--parameters-file=/nowhere'], 'CONFIG_INVALID_VALUE', '/nowhere']
  ])('%j are refused before anything is done', async (options, code, name) => {
    expectRefusal(await place.run('backup', place.destination, place.source, ...options), 200, code, name)
    expect(() => readFileSync(place.destination)).toThrow('ENOENT')
  })
})

describe('a catalog', () => {
  test('that another run is using', async () => {
    await place.backUp(`--dbpath=${place.path('c.sqlite')}`)
    await using other = await openBackup({
      destination: place.destination,
      passphrase: 'hunter2',
      catalogPath: place.path('c.sqlite'),
      workers: 0
    })
    await other.run({ sources: [place.source] })
    expectRefusal(
      await place.run('backup', place.destination, place.source, `--dbpath=${place.path('c.sqlite')}`),
      100,
      'CATALOG_LOCKED',
      'c.sqlite',
      'Wait until'
    )
  })
  test('of another destination', async () => {
    await place.backUp(`--dbpath=${place.path('c.sqlite')}`)
    const other = place.path('other')
    await place.run('backup', other, place.source, '--workers=0')
    expectRefusal(
      await place.run('list', other, `--dbpath=${place.path('c.sqlite')}`),
      100,
      'BACKUP_CATALOG_MISMATCH',
      'c.sqlite',
      other
    )
  })
  test('that is damaged is set aside by repair', async () => {
    const path = place.path('c.sqlite')
    await place.backUp(`--dbpath=${path}`)
    copyFileSync(join(place.source, 'a.txt'), path)
    expectRefusal(
      await place.run('list', place.destination, `--dbpath=${path}`),
      100,
      'CATALOG_CORRUPT',
      path,
      'repair'
    )
    expect((await place.run('repair', place.destination, `--dbpath=${path}`)).exitCode).toBe(0)
    expect((await place.run('list', place.destination, `--dbpath=${path}`)).out).toContain('1 version')
  })
})
