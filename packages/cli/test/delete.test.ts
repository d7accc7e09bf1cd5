import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
/** A backup of three versions. */
async function prepare(): Promise<void> {
  place = new Workplace()
  for (const text of ['one', 'two', 'three']) {
    place.write('a.txt', text)
    await place.backUp('--backup-test-samples=0')
  }
}
const cleanUp = () => place[Symbol.dispose]()

const remove = (...options: string[]) => place.run('delete', place.destination, ...options)

describe('a delete', () => {
  beforeEach(prepare)
  afterEach(cleanUp)

  test('says which version goes by which rule, and deletes nothing in a dry run', async () => {
    const shown = await remove('--keep-versions=2', '--dry-run')
    expect(shown.exitCode).toBe(0)
    expect(shown.out.split('\n')).toEqual([
      expect.stringMatching(/^ {3}0 {2}\S+ \S+Z {2}stays {2}keep-versions: /),
      expect.stringMatching(/^ {3}1 {2}\S+ \S+Z {2}stays {2}keep-versions: /),
      expect.stringMatching(/^ {3}2 {2}\S+ \S+Z {2}goes {3}keep-versions: /),
      'Delete    1 of 3 versions',
      ''
    ])
    expect(place.volumes('dlist')).toHaveLength(3)
    const done = await remove('--keep-versions=2')
    expect(done.out).toMatch(
      /\nDeleted {3}1 version, of \S+ \S+Z; 2 left\nCompacted nothing, as little is wasted\n$/
    )
    expect(place.volumes('dlist')).toHaveLength(2)
  })

  test('takes numbers and ranges, and tells the result as JSON', async () => {
    const { out, exitCode } = await remove('--version=1-2', '--json')
    expect(exitCode).toBe(0)
    const result = JSON.parse(out.trim().split('\n').at(-1)!)
    expect(result).toMatchObject({
      type: 'result',
      outcome: 'success',
      deleted: [{ number: 1 }, { number: 2 }]
    })
  })

  test('is made by a backup with rules of retention', async () => {
    place.write('a.txt', 'four')
    expect((await place.backUp('--keep-versions=1')).out).toMatch(/\nDeleted {3}3 versions; 1 left\n/)
    expect(place.volumes('dlist')).toHaveLength(1)
  })
})

describe('a delete that is refused', () => {
  beforeAll(prepare)
  afterAll(cleanUp)

  test.each([
    [[], 200, 'CONFIG_MISSING'],
    [['--version=9'], 100, 'RETENTION_NO_SUCH_VERSION'],
    [['--version=0-2'], 100, 'RETENTION_REMOVES_EVERYTHING'],
    [['--version=2-1'], 200, 'CONFIG_INVALID_VALUE'],
    [['--version=1', '--time=now'], 200, 'CONFIG_CONFLICT'],
    [['--retention-policy=1D:1W'], 200, 'CONFIG_CONFLICT'],
    [['--keep-version=1'], 200, '--keep-versions']
  ])('%j', async (options, exitCode, text) => {
    const result = await remove(...options)
    expect(result.exitCode).toBe(exitCode)
    expect(result.error).toContain(text)
    expect(place.volumes('dlist')).toHaveLength(3)
  })
})
