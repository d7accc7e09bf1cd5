import { randomFillSync } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type ProcessResult, ProgramProcess } from './support/process.ts'
import { Workplace } from './support/program.ts'

const MIB = 1024 ** 2
/** So many bytes move in a second where a phase is to last until the signal has come. */
const SLOWLY = '1mb'

let place: Workplace
/** So many files that the walk has several rounds to go when the signal comes in the first. */
let many: string
beforeAll(async () => {
  place = new Workplace({})
  many = place.path('many')
  for (let folder = 0; folder < 30; folder++) {
    mkdirSync(`${many}/${folder}`, { recursive: true })
    for (let file = 0; file < 100; file++)
      writeFileSync(`${many}/${folder}/${file}`, `${folder} ${file} `.repeat(300))
  }
  for (let file = 0; file < 100; file++) place.write(`texts/${file}`, `${file} `.repeat(100))
  writeFileSync(`${place.source}/noise`, randomFillSync(Buffer.alloc(2 * MIB)))
  const made = await place.backUp(...SMALL_VOLUMES)
  expect(made.exitCode).toBe(0)
  cpSync(place.destination, place.path('whole'), { recursive: true })
  cpSync(place.path('data'), place.path('whole-data'), { recursive: true })
})
afterAll(() => place[Symbol.dispose]())

const SMALL_VOLUMES = ['--dblock-size=1mb', '--blocksize=64kb']

beforeEach(() => {
  for (const folder of ['data', 'destination', 'temporary', 'restored'])
    rmSync(place.path(folder), { recursive: true, force: true })
  mkdirSync(place.path('temporary'))
})

/** The destination and the catalog as they were after the first backup. */
function bringBack(...folders: readonly ('destination' | 'data')[]): void {
  if (folders.includes('destination')) cpSync(place.path('whole'), place.destination, { recursive: true })
  if (folders.includes('data')) cpSync(place.path('whole-data'), place.path('data'), { recursive: true })
}

/** The program gets the signals when it has printed a line that matches. */
async function interrupted(
  signals: readonly NodeJS.Signals[],
  pattern: RegExp,
  ...argv: readonly string[]
): Promise<ProcessResult> {
  const args = [...argv, '--json', `--tempdir=${place.path('temporary')}`]
  return await new ProgramProcess(args, place.environment, { signals, pattern }).ended()
}

const resultOf = ({ out }: ProcessResult): Record<string, unknown> =>
  JSON.parse(out.trimEnd().split('\n').at(-1) ?? '')

function expectEnded(ended: ProcessResult, how: 'stopped 50' | 'success 0'): void {
  const { outcome, exitCode, type } = resultOf(ended)
  expect([ended.error, type, `${outcome} ${exitCode}`]).toEqual(['', 'result', how])
  expect(ended.exitCode).toBe(exitCode)
  expect(temporaryFiles()).toEqual([])
}

async function expectExactRestore(source = place.source): Promise<void> {
  const to = place.path('restored')
  rmSync(to, { recursive: true, force: true })
  const where = [`--restore-path=${to}`, '--restore-permissions', '--workers=0']
  const restored = await place.run('restore', place.destination, ...where)
  expect([restored.exitCode, restored.error], restored.out).toEqual([0, ''])
  expect(compareTrees(await describeTree(source), await describeTree(to))).toEqual([])
}

const temporaryFiles = (): string[] =>
  readdirSync(place.path('temporary'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)

describe('a backup that reads', () => {
  const backup = (source: string) => ['backup', place.destination, source, ...SMALL_VOLUMES]

  test('is stopped in good order by one signal: a partial version, which the next run completes', async () => {
    const stopped = await interrupted(['SIGINT'], /"scan-progress"/, ...backup(many), '--workers=1')
    expectEnded(stopped, 'stopped 50')
    // Nothing at all may have been read so far.
    const { version } = resultOf(stopped)
    const list = await place.run('list', place.destination)
    if (version === undefined) expect(list.error).toContain('[BACKUP_NOT_FOUND]')
    else {
      expect(version).toMatchObject({ isPartial: true })
      expect([list.exitCode, list.out]).toEqual([0, expect.stringMatching(/, partial\n1 version\n$/)])
    }
    expect((await place.run(...(backup(many) as [string]), '--workers=0')).exitCode).toBe(0)
    await expectExactRestore(many)
  })

  test('is broken off by the second, leaves nothing temporary, and the next run goes on', async () => {
    const signals = ['SIGINT', 'SIGTERM'] as const
    expectEnded(await interrupted(signals, /"phase":"store"/, ...backup(many), '--workers=1'), 'stopped 50')
    const next = await place.run(...(backup(many) as [string]), '--workers=0')
    expect([0, 2], next.out + next.error).toContain(next.exitCode)
    expect((await place.run('list', place.destination)).out).toMatch(/ 3,000 files/)
  })
})

/** Everything was read then: the version that one signal is too late for is whole. */
const LATER_PHASES: readonly (readonly [phase: string, pattern: RegExp, options: readonly string[]])[] = [
  ['uploads', /"upload-progress"/, [`--throttle-upload=${SLOWLY}`]],
  ['writes the list', /"phase-start","phase":"write-list"/, []],
  ['verifies samples', /"phase-start","phase":"verify"/, []]
]

describe.each(LATER_PHASES)('a backup that %s', (_, pattern, options) => {
  const backup = () => ['backup', place.destination, place.source, ...SMALL_VOLUMES]

  test('ends well after one signal', async () => {
    expectEnded(await interrupted(['SIGTERM'], pattern, ...backup(), '--workers=1', ...options), 'success 0')
    const list = await place.run('list', place.destination)
    expect([list.exitCode, list.out]).toEqual([
      0,
      expect.stringMatching(/ 101 files, \d.* MiB\n1 version\n$/)
    ])
    await expectExactRestore()
  })

  test('is broken off by the second, leaves nothing temporary, and the next run goes on', async () => {
    const signals = ['SIGTERM', 'SIGINT'] as const
    expectEnded(await interrupted(signals, pattern, ...backup(), '--workers=1', ...options), 'stopped 50')
    const next = await place.run(...(backup() as [string]), '--workers=0')
    expect([0, 2], next.out + next.error).toContain(next.exitCode)
    await expectExactRestore()
  })
})

describe('one signal', () => {
  test('ends a restore, which leaves whole files only; the next one completes it', async () => {
    bringBack('destination', 'data')
    const to = place.path('restored')
    const pattern = /"phase-start","phase":"restore"/
    const slowly = [`--restore-path=${to}`, `--throttle-download=${SLOWLY}`]
    const ended = await interrupted(['SIGINT'], pattern, 'restore', place.destination, ...slowly)
    expectEnded(ended, 'stopped 50')
    expect(resultOf(ended)).toMatchObject({ error: { code: 'STOPPED' } })
    if (existsSync(to)) {
      const source = new Map((await describeTree(place.source)).map((entry) => [entry.path, entry]))
      for (const { path, type, sha256 } of await describeTree(to))
        expect(sha256, path).toBe(type === 'file' ? source.get(path)?.sha256 : undefined)
    }
    await expectExactRestore()
  })

  test('ends a test, and the next one reads everything', async () => {
    bringBack('destination', 'data')
    const pattern = /"phase-start","phase":"verify"/
    expectEnded(await interrupted(['SIGTERM'], pattern, 'test', place.destination, 'all'), 'stopped 50')
    const whole = await place.run('test', place.destination, 'all', '--workers=0')
    expect([whole.exitCode, whole.out]).toEqual([0, expect.stringContaining('\nDamaged   none\n')])
  })

  test('ends a repair, and the next one completes the catalog', async () => {
    bringBack('destination')
    const ended = await interrupted(['SIGINT'], /"phase":"recreate"/, 'repair', place.destination)
    expectEnded(ended, 'stopped 50')
    expect((await place.run('repair', place.destination, '--workers=0')).exitCode).toBe(0)
    await expectExactRestore()
  })
})
