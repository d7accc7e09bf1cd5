import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(async () => {
  place = new Workplace()
  await place.backUp()
  mkdirSync(place.path('nas'))
})
afterEach(() => place[Symbol.dispose]())

/** A configuration with one replica, in a file. */
function configure(more: object = {}, destination: object = {}): string {
  const file = place.path('sync.json')
  const configuration = {
    destinations: [{ url: place.path('nas'), medium: 'nas', site: 'office', ...destination }],
    primary: { url: place.destination, medium: 'disk', site: 'home' },
    source: { medium: 'disk', site: 'home' },
    ...more
  }
  writeFileSync(file, JSON.stringify(configuration))
  return file
}

const check = (...argv: string[]) => place.run('policy', 'check', ...argv)
const mirror = () => cpSync(place.destination, place.path('nas'), { recursive: true })

test('0 where the rule holds, with evidence for every line', async () => {
  mirror()
  const { exitCode, out } = await check(configure())
  expect(out).toContain(
    '3-2-1 holds\n  yes  3 of 3 copies\n  yes  2 of 2 kinds of media\n  yes  1 of 1 copies elsewhere\n'
  )
  expect(out).toMatch(/replica \S*nas: counts\n {4}reachable {8}yes \(observed, by listing, /)
  expect(out).toContain('    site             office (declared, by configuration)\n')
  expect(exitCode).toBe(0)
})

test('3 where it does not, with what it would take', async () => {
  const { exitCode, out } = await check(place.destination, `--remote-sync-config=${configure()}`)
  expect(out).toContain('3-2-1 does not hold\n  NO   2 of 3 copies\n')
  expect(out).toContain('it has no version')
  expect(exitCode).toBe(3)
})

test('3 without a replica, and nothing that is not known passes', async () => {
  const { exitCode, out } = await check(place.destination)
  expect(out).toContain('         - add 1 more destination\n')
  expect(out).toContain('say the "medium" of the data itself, ')
  expect(exitCode).toBe(3)
})

test('2 where a further copy does not count', async () => {
  mirror()
  const destinations = [
    { url: place.path('nas'), medium: 'nas', site: 'office' },
    { url: place.path('gone'), medium: 'tape' }
  ]
  const { exitCode, out } = await check(configure({ destinations }))
  expect(out).toContain('3-2-1 holds\n')
  expect(out).toMatch(/replica \S*gone: does not count/)
  expect(exitCode).toBe(2)
})

test('--json: the verdict as data', async () => {
  mirror()
  const { out } = await check(configure(), '--json', '--max-behind=0')
  const lines = out.trim().split('\n')
  expect(JSON.parse(lines.at(-1)!)).toMatchObject({
    type: 'result',
    outcome: 'success',
    exitCode: 0,
    holds: true,
    policy: { copies: 3, maxBehind: 0 },
    rules: [{ rule: 'copies', found: 3 }, { rule: 'media' }, { rule: 'offsite' }],
    copies: [{ id: 'source' }, { id: 'primary' }, { counts: true }]
  })
})

test('what the command line asks for wins over the configuration', async () => {
  mirror()
  const file = configure({ policy: { copies: 4, 'max-unverified-age': '30D' } })
  expect((await check(file)).exitCode).toBe(3)
  expect((await check(file, '--copies=3')).out).toContain('3-2-1-0-0 does not hold\n  yes  3 of 3')
  expect((await check(file, '--copies=3', '--verify-depth=listing')).exitCode).toBe(0)
})

test('a replica whose volume is lost does not count', async () => {
  mirror()
  const nas = place.path('nas')
  rmSync(join(nas, readdirSync(nas).find((name) => name.includes('.dblock.'))!))
  const { exitCode, out } = await check(configure())
  expect(out).toContain('a part of it is missing')
  expect(exitCode).toBe(3)
})

test.each([
  [['policy'], 'CONFIG_MISSING'],
  [['policy', 'chek', '/x'], 'did you mean "policy check"?'],
  [['policy', 'check'], 'CONFIG_MISSING'],
  [['policy', 'check', '/x', '--copies=many'], '--copies: "many" is not a whole number'],
  [['policy', 'check', '/x', '--max-age=1d'], '--max-age: "1d" is not a duration'],
  [['policy', 'check', '/x', '--remote-sync-config={"destinations": {}}'], 'CONFIG_INVALID_VALUE'],
  [['policy', 'check', '/x', '--remote-sync-config=/no/file'], 'neither JSON nor a file'],
  [['policy', 'check', '/x', '--remote-sync-config={"destinations":[{"url":"/x"}]}'], 'is the primary'],
  [['policy', 'check', '/x', '--remote-sync-config=a', '--remote-sync-json-config=b'], 'CONFIG_CONFLICT'],
  [['policy', 'check', '/does/not/exist.json'], 'neither JSON nor a file']
] as const)('bad input is refused: %j', async (argv, told) => {
  const { exitCode, error } = await place.run(...argv)
  expect(error).toContain(told)
  expect(exitCode).toBe(200)
})

test('a configuration that names no destination cannot be checked alone', async () => {
  expect((await check(configure({ primary: {} }))).error).toContain('"primary": { "url": … } is needed')
})
