import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SYNC_OPTIONS } from '@tercet/sdk/settings'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { COMMANDS } from '../src/commands.ts'
import { hideSecrets } from '../src/hide-secrets.ts'
import { ProgressStages } from '../src/render/progress-stages.ts'
import { Workplace } from './support/program.ts'

let place: Workplace
let primary: string
beforeEach(() => {
  place = new Workplace()
  primary = folder('primary')
})
afterEach(() => place[Symbol.dispose]())

function folder(name: string, files: Readonly<Record<string, string>> = {}): string {
  mkdirSync(place.path(name), { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(place.path(name), file), text)
  return place.path(name)
}

const sync = (...argv: string[]) => place.run('sync', primary, ...argv)
const contentOf = (path: string) =>
  Object.fromEntries(readdirSync(path).map((name) => [name, readFileSync(join(path, name), 'utf8')]))
const five = () =>
  folder('primary', Object.fromEntries([1, 2, 3, 4, 5].map((index) => [`file-${index}`, `content ${index}`])))
const hex = (digit: string) => digit.repeat(32)
const VOLUMES = {
  [`duplicati-b${hex('1')}.dblock.zip`]: 'data',
  [`duplicati-i${hex('2')}.dindex.zip`]: 'index',
  'duplicati-20260101T000000Z.dlist.zip': 'list'
}

describe('16.2, with the exit codes of the program', () => {
  test('five files, an empty replica, a dry run: 0, and it stays empty', async () => {
    five()
    const replica = folder('a')
    const { exitCode, out } = await sync(replica, '--mirror-all', '--dry-run')
    expect(out).toContain('5 files to read once, 45 bytes')
    expect(out).toContain('  + file-1 9 bytes, missing\n')
    expect(readdirSync(replica)).toEqual([])
    expect(exitCode).toBe(0)
  })

  test('both empty: 0', async () => {
    expect((await sync(folder('a'))).exitCode).toBe(0)
    expect((await sync(folder('a'), '--mirror-all')).exitCode).toBe(0)
  })

  test('an empty primary and a full replica: refused with 100, emptied only when that is allowed', async () => {
    const replica = folder('a', VOLUMES)
    const refused = await sync(replica, '--yes')
    expect(refused.out).toContain('[SYNC_GUARD_EMPTY_PRIMARY]\n  Where the primary is meant to be empty:')
    expect(refused.exitCode).toBe(100)
    expect(contentOf(replica)).toEqual(VOLUMES)
    expect((await sync(replica, '--yes', '--allow-empty-source')).exitCode).toBe(0)
    expect(readdirSync(replica)).toEqual([])
  })

  test('the same with retention: every file is there under a name that ends in its own', async () => {
    const replica = folder('a', VOLUMES)
    const { exitCode, out } = await sync(replica, '--retention', '--allow-empty-source')
    expect(out).toMatch(/\/a {2}current {2}0 {7}0 {8}3 /)
    expect(exitCode).toBe(0)
    const kept = contentOf(replica)
    for (const [name, text] of Object.entries(VOLUMES)) {
      const [found] = Object.keys(kept).filter((one) => one.endsWith(`.old.${name}`))
      expect(kept[found!]).toBe(text)
    }
  })

  test.each([
    [],
    ['--auto-create-folders=false'],
    ['--backend-retries=5'],
    ['--backend-retries', '5'],
    ['--backend-retry-delay=0'],
    ['--backend-retry-with-exponential-backoff=no'],
    ['--retry=0'],
    ['--confirm'],
    ['--yes'],
    ['-y'],
    ['--dry-run'],
    ['-d'],
    ['--force'],
    ['-f', '-d', '-y'],
    ['--retention=on'],
    ['--verify-contents'],
    ['--verify-contents=checksum', '--verify-get-after-put', '--verify-mode=checksum'],
    ['--progress'],
    ['--src-options=key=value'],
    ['--src-options', 'a=1', '--src-options', 'b=2'],
    ['--dst-options=key=a=b=c', '--dst-options=other="quoted blanks are kept"'],
    ['--global-options=x=', '--global-options=y==='],
    ['--log-file=/tmp/not/made.log', '--log-level=verbose'],
    ['--delete-order=interleaved', '--max-delete-percent=0', '--throttle-upload=500kb'],
    ['--verify-max-age=7D', '--verify-budget=5%', '--retention-keep-time=7.00:00:00'],
    ['--spool-max-size=1GB', '--slow-destination=backpressure', '--prefix=other']
  ])('arguments that are only parsed: %j', async (...argv) => {
    const { exitCode, out } = await sync(place.path('never/made'), ...argv, '--parse-arguments-only')
    expect(out).toBe('Nothing was done; all is in order.\n')
    expect(exitCode).toBe(0)
    expect(existsSync(place.path('never'))).toBe(false)
  })

  test.each([
    [['/r', '--retri=3'], 'did you mean --retry?'],
    [['/r', '--retry=many'], '--retry: "many" is not a whole number'],
    [['/r', '--verify-contents=deep'], '--verify-contents: "deep" is not one of listing, checksum, download'],
    [['/r', '--verify-max-age=1d'], '--verify-max-age: "1d" is not a duration'],
    [['/r', '--dst-options=novalue'], '--dst-options[0]: must be a text of the form key=value'],
    [['/r', '--dst-options=a=1', '--dst-options=a=2'], '--dst-options[1]: "a" is given twice'],
    [['/r', '--delete-order=never'], 'not one of auto, after-copy, before-copy, interleaved'],
    [['/r', '--max-delete-percent=101'], 'from 0 to 100'],
    [['/r', '--force', 'true'], '"true" is taken for a replica; a flag is written --flag=true'],
    [['/r', '-x'], '-x'],
    [[], 'Name at least one replica'],
    [['/r', ''], 'A replica is empty'],
    [['/r', '/r/'], 'is the place of destinations[0]'],
    [['/r', '/r/inside'], 'is inside the place of destinations[0]'],
    [['gopher://x/y'], 'STORAGE_UNKNOWN_SCHEME'],
    [['/r', '--remote-sync-config={"destinations":[{"url":"/x"}]}'], 'belongs into it'],
    [['--retry=1', '--remote-sync-config={"destinations":[{"url":"/x"}]}'], '--retry belongs into it']
  ])('bad input is refused with 200: %j', async (argv, told) => {
    const { exitCode, error } = await sync(...argv)
    expect(error).toContain(told)
    expect(exitCode).toBe(200)
  })

  test.each(['same', 'inside', 'around'])('a replica that is %s as the primary is refused', async (how) => {
    const replica = { same: primary, inside: join(primary, 'x'), around: place.folder }[how]!
    const { exitCode, error } = await sync(replica)
    expect(error).toMatch(/(is|is inside|is around) the primary .* \[CONFIG_CONFLICT\]/)
    expect(exitCode).toBe(200)
  })

  test('a backup is mirrored; a lost volume of the replica comes back, and the replica restores', async () => {
    await place.backUp()
    const replica = place.path('nas')
    const mirror = () => place.run('sync', place.destination, replica)
    const restore = () => place.run('restore', replica, `--restore-path=${place.restored}`, '--workers=0')
    expect((await mirror()).exitCode).toBe(0)
    expect(readdirSync(replica).sort()).toEqual(readdirSync(place.destination).sort())
    rmSync(join(replica, readdirSync(replica).find((name) => name.includes('.dblock.'))!))
    expect((await restore()).exitCode).not.toBe(0)
    expect((await mirror()).exitCode).toBe(0)
    expect((await restore()).exitCode).toBe(0)
    expect(readFileSync(join(place.restored, 'sub/b.txt'), 'utf8')).toBe('beta')
  })
})

describe('what is asked', () => {
  const surplus = () => folder('a', { ...contentOf(five()), extra: 'x' })

  test('on a terminal, before anything goes; yes goes on', async () => {
    const replica = surplus()
    const { exitCode, io, out } = await place.runWith(
      { answers: ['y'] },
      'sync',
      primary,
      replica,
      '--mirror-all'
    )
    expect(io.questions).toEqual(['This will delete 1 file at 1 replica. Go on? [y/N] '])
    expect(out).toContain('  - extra surplus\n')
    expect(exitCode).toBe(0)
    expect(contentOf(replica)).toEqual(contentOf(primary))
  })

  test('on a terminal before a replacement, too; anything but yes declines with 50, and nothing is done', async () => {
    const replica = surplus()
    writeFileSync(join(replica, 'file-1'), 'another length')
    const before = contentOf(replica)
    for (const answer of ['', 'n', 'maybe']) {
      const { exitCode, io, out } = await place.runWith(
        { answers: [answer] },
        'sync',
        primary,
        replica,
        '--mirror-all'
      )
      expect(io.questions[0]).toContain('delete 1 file and replace 1 file')
      expect(out).toContain('Declined; nothing was done.\n')
      expect(exitCode).toBe(50)
    }
    expect(contentOf(replica)).toEqual(before)
  })

  test('without a terminal a deletion needs --yes, a replacement does not', async () => {
    const replica = surplus()
    const { exitCode, error } = await sync(replica, '--mirror-all')
    expect(error).toContain('there is no terminal to ask on; nothing was done [SYNC_NOT_CONFIRMED]')
    expect(exitCode).toBe(100)
    expect(readdirSync(replica)).toContain('extra')
    expect((await sync(replica, '--mirror-all', '--yes')).exitCode).toBe(0)
    writeFileSync(join(replica, 'file-1'), 'another length')
    expect((await sync(replica, '--mirror-all')).exitCode).toBe(0)
    expect(contentOf(replica)).toEqual(contentOf(primary))
  })

  test('nothing, where all is kept under other names, or nothing goes', async () => {
    const replica = surplus()
    const kept = await place.runWith({ answers: [] }, 'sync', primary, replica, '--mirror-all', '--retention')
    expect([kept.exitCode, kept.io.questions]).toEqual([0, []])
    const again = await place.runWith({ answers: [] }, 'sync', primary, replica, '--mirror-all')
    expect([again.exitCode, again.io.questions]).toEqual([0, []])
  })
})

describe('what is told', () => {
  test('a table with a line for each replica; what went wrong at one names it, with its code and what to do', async () => {
    five()
    folder('blocked')
    writeFileSync(place.path('file'), '')
    const { exitCode, out } = await sync(
      place.path('a'),
      place.path('file/x'),
      '--mirror-all',
      '--backend-retries=1'
    )
    expect(out).toMatch(/^Primary {3}file:\S*\/primary: 5 files, 45 B\n/)
    expect(out).toContain('\nFetched   nothing: what was copied lay on this machine\n')
    expect(out).toMatch(/\nReplica +State +Copied +Deleted +Renamed +Verified +Took\n/)
    expect(out).toMatch(/\/a +current +5, 45 B +0 +0 +0 /)
    expect(out).toMatch(/\/file\/x +FAILED +0 +0 /)
    expect(out).toMatch(/\/file\/x: .*\[SYNC_LISTING_FAILED\]\n {2}\S/)
    expect(exitCode).toBe(100)
    expect(contentOf(place.path('a'))).toEqual(contentOf(primary))
  })

  test('T6: how much of the replicas was read back', async () => {
    folder('primary', VOLUMES)
    const { exitCode, out } = await sync(place.path('a'), place.path('b'), '--test-files=2')
    expect(out).toMatch(/\nTested {4}4, \d+ B, read from the replicas\n/)
    expect(exitCode).toBe(0)
  })

  test('D12: 300 files that cannot be copied are 100, not what a count would be to the shell', async () => {
    folder('primary', Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}`, 'x'])))
    writeFileSync(place.path('blocked'), '')
    const { exitCode } = await sync(
      place.path('blocked/here'),
      '--mirror-all',
      '--backend-retries=1',
      '--retry=0'
    )
    expect(exitCode).toBe(100)
  })

  test('--json: the result as data, the plan of a trial as data', async () => {
    five()
    const trial = await sync(place.path('a'), '--mirror-all', '-d', '--json')
    expect(trial.io.stdout.json.at(-1)).toMatchObject({
      type: 'result',
      exitCode: 0,
      isDryRun: true,
      plan: { readBytes: 45, replicas: { [`file://${place.path('a')}`]: { putBytes: 45 } } }
    })
    const done = await sync(place.path('a'), '--mirror-all', '--json')
    expect(done.io.stdout.json.at(-1)).toMatchObject({
      type: 'result',
      outcome: 'success',
      passes: 1,
      replicas: { [`file://${place.path('a')}`]: { status: 'succeeded', copied: { files: 5, bytes: 45 } } }
    })
  })

  test('D17: a log in a folder that is made, as much of it as the level says', async () => {
    five()
    const log = place.path('logs/sync.log')
    await sync(place.path('a'), '--mirror-all', `--log-file=${log}`, '--log-level=Verbose')
    const lines = readFileSync(log, 'utf8').split('\n')
    expect(lines.filter((line) => / Verbose \+ file-\d 9 bytes, missing$/.test(line))).toHaveLength(5)
    expect(lines.at(-2)).toMatch(/^\S+Z Information file:\S*\/a: succeeded; 5 copied, 0 deleted/)
    rmSync(log)
    await sync(place.path('a'), '--mirror-all', `--log-file=${log}`, '--log-level=Warning')
    expect(existsSync(log)).toBe(false)
  })

  test('progress: a line for each replica, with bytes, files, rate and time left', () => {
    const stages = new ProgressStages()
    const progress = (bytes: number) =>
      ({
        type: 'sync-progress',
        replicas: ['file:///mnt/nas', `s3://acme/${'long/'.repeat(10)}end`].map((id) => ({
          id,
          state: 'copying' as const,
          files: 1,
          totalFiles: 4,
          bytes,
          totalBytes: 4 * 1024 ** 2,
          bytesPerSecond: 0
        }))
      }) as const
    stages.apply(progress(0), 0)
    const name = stages.apply(progress(1024 ** 2), 2000)!
    expect(stages.lines(110)).toEqual([
      '-> file:///mnt/nas       [===>            ] 1 of 4 files, 1.00 MiB, 25 %, 512 KiB/s, 6.0 s left',
      '-> …g/long/long/long/end [===>            ] 1 of 4 files, 1.00 MiB, 25 %, 512 KiB/s, 6.0 s left'
    ])
    expect(stages.printed(name).split('\n')).toHaveLength(3)
  })
})

test('every option of replication is one of the command, and others of it are told with the rest', () => {
  const { ownOptions } = COMMANDS.find(({ name }) => name === 'sync')!
  const names = ownOptions!.map(({ option }) => option)
  for (const { name } of SYNC_OPTIONS) if (name !== 'sync-cache-max-size') expect(names).toContain(name)
})

test('a configuration names the replicas as well', async () => {
  five()
  const destinations = ['a', 'b', 'c'].map((name) => ({ url: place.path(name), 'mirror-all': true }))
  writeFileSync(place.path('three.json'), JSON.stringify({ destinations }))
  expect((await sync(`--remote-sync-config=${place.path('three.json')}`)).exitCode).toBe(0)
  for (const name of ['a', 'b', 'c']) expect(contentOf(place.path(name))).toEqual(contentOf(primary))
})

test('options of backends may be secrets, and are not shown in the title of the process', () => {
  const title = hideSecrets([
    'sync',
    '/a',
    '/b',
    '--dst-options=auth-password=hunter2',
    '--src-options',
    'k=hunter2'
  ])
  expect(title).not.toContain('hunter2')
})
