import { compareTrees, describeTree } from '@tercet/testkit-data'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProgramProcess } from './support/process.ts'
import { Workplace } from './support/program.ts'

const KILLS = 10
/** Each of these backups prints more lines. */
const LINES = 20

let place: Workplace
beforeEach(() => {
  place = new Workplace({})
})
afterEach(() => place[Symbol.dispose]())

/** Numbers from 0 up to, not including, `limit`; the same for each run of the tests. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * limit)
  }
}

function changeSource(random: (limit: number) => number, round: number): void {
  const noise = (bytes: number): string =>
    Array.from({ length: bytes / 8 }, () =>
      random(2 ** 32)
        .toString(36)
        .padStart(8, '0')
        .slice(0, 8)
    ).join('')
  for (let i = 0; i < 12; i++) place.write(`folder ${random(4)}/file ${random(30)}`, noise(16 * 1024))
  place.write('round', `${round}`)
}

const OPTIONS = ['--blocksize=16kb', '--dblock-size=1mb', '--backup-test-samples=0']

test('ten kills at any moment: the next run goes on, and everything comes back', async () => {
  const random = generator(20_261_121)
  for (let round = 0; round < KILLS; round++) {
    changeSource(random, round)
    const victim = new ProgramProcess(
      ['backup', place.destination, place.source, '--json', '--workers=1', ...OPTIONS],
      place.environment,
      { signals: ['SIGKILL'], pattern: /./, occurrence: 1 + random(LINES) }
    )
    expect((await victim.ended()).signal).toBe('SIGKILL')

    const next = await place.run('backup', place.destination, place.source, '--workers=0', ...OPTIONS)
    expect([0, 2], `round ${round}: ${next.out}${next.error}`).toContain(next.exitCode)
    const to = place.path(`restored ${round}`)
    const restored = await place.run(
      'restore',
      place.destination,
      `--restore-path=${to}`,
      '--restore-permissions',
      '--workers=0'
    )
    expect([restored.exitCode, restored.error], `round ${round}: ${restored.out}`).toEqual([0, ''])
    expect(compareTrees(await describeTree(place.source), await describeTree(to)), `round ${round}`).toEqual(
      []
    )
  }
  const tested = await place.run('test', place.destination, 'all', '--workers=0')
  expect([tested.exitCode, tested.out]).toEqual([0, expect.stringContaining('\nDamaged   none\n')])
  const alone = await place.run(
    'restore',
    place.destination,
    '--no-local-db',
    `--restore-path=${place.path('alone')}`
  )
  expect(alone.exitCode).toBe(0)
  expect(await describeTree(place.path('alone')).then((tree) => tree.length)).toBe(
    (await describeTree(place.source)).length
  )
})
