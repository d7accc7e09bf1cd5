import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
let good: Record<string, string>
beforeEach(async () => {
  place = new Workplace()
  await place.backUp()
  for (const name of ['a', 'b']) cpSync(place.destination, place.path(name), { recursive: true })
  good = contentOf(place.destination)
})
afterEach(() => place[Symbol.dispose]())

const contentOf = (folder: string) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')]))
const replicas = () => [`--replica=${place.path('a')}`, `--replica=${place.path('b')}`]
const heal = (...argv: string[]) =>
  place.run('heal', place.destination, '--workers=0', ...replicas(), ...argv)
const volume = (type: 'dblock' | 'dindex' | 'dlist') => place.volumes(type)[0]!

/** Changes one byte in the middle of a file. */
function damage(folder: string, name: string): void {
  const path = join(folder, name)
  const bytes = readFileSync(path)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(path, bytes)
}

const loseCatalog = () => rmSync(place.path('data'), { recursive: true })

describe.each([
  ['with its catalog', () => {}],
  ['without a catalog, by what the passphrase opens', loseCatalog]
])('a backup %s', (_name, prepare) => {
  test('nothing wrong: 0, and nothing is written', async () => {
    prepare()
    const { exitCode, out } = await heal()
    expect(out).toContain('0 copies to mend')
    expect(out).toContain('Healed    0 copies')
    expect(exitCode).toBe(0)
  })

  test('the primary, and each replica, are healed from each other: all end as they were', async () => {
    damage(place.destination, volume('dblock'))
    damage(place.path('a'), volume('dlist'))
    rmSync(join(place.path('b'), volume('dindex')))
    prepare()
    const trial = await heal('--dry-run')
    expect(trial.out).toContain(`${volume('dblock')} is damaged at primary: from `)
    expect(trial.out).toMatch(new RegExp(`${volume('dlist')} is damaged at file:\\S*/a: from primary`))
    expect(trial.out).toMatch(new RegExp(`${volume('dindex')} is missing at file:\\S*/b: from primary`))
    expect(trial.exitCode).toBe(3)
    expect(contentOf(place.destination)).not.toEqual(good)
    const { exitCode, out } = await heal()
    expect(out).toContain('Healed    3 copies')
    expect(exitCode).toBe(0)
    for (const folder of [place.destination, place.path('a'), place.path('b')])
      expect(contentOf(folder)).toEqual(good)
    expect((await place.run('test', place.destination, 'all', '--workers=0')).exitCode).toBe(0)
  })

  test('where every copy is damaged none is overwritten: 3, and the error says so', async () => {
    for (const folder of [place.destination, place.path('a'), place.path('b')])
      damage(folder, volume('dblock'))
    const before = contentOf(place.path('a'))
    prepare()
    const { exitCode, out } = await heal()
    expect(out).toContain(`No intact copy of ${volume('dblock')} was found`)
    expect(out).toContain('SYNC_HEAL_IMPOSSIBLE')
    expect(exitCode).toBe(3)
    expect(contentOf(place.path('a'))).toEqual(before)
  })
})

test('on a terminal it asks before a damaged copy is replaced; no declines with 50', async () => {
  damage(place.path('a'), volume('dblock'))
  const before = contentOf(place.path('a'))
  const argv = ['heal', place.destination, '--workers=0', ...replicas()]
  const declined = await place.runWith({ answers: ['n'] }, ...argv)
  expect(declined.io.questions).toEqual(['This will replace 1 damaged copy. Go on? [y/N] '])
  expect(declined.exitCode).toBe(50)
  expect(contentOf(place.path('a'))).toEqual(before)
  expect((await place.runWith({ answers: [] }, ...argv, '--yes')).exitCode).toBe(0)
  expect(contentOf(place.path('a'))).toEqual(good)
})

test('test --replica tells which side is wrong, changes nothing, and passes where nothing is', async () => {
  const compare = (...argv: string[]) =>
    place.run('test', place.destination, ...argv, '--workers=0', ...replicas())
  expect((await compare('all')).exitCode).toBe(0)
  damage(place.destination, volume('dblock'))
  damage(place.path('b'), volume('dindex'))
  const { exitCode, out } = await compare()
  expect(out).toContain(`${volume('dblock')} is damaged at primary`)
  expect(out).toMatch(new RegExp(`${volume('dindex')} is damaged at file:\\S*/b`))
  expect(out).toContain('"tercet heal" with the same replicas puts it right.')
  expect(exitCode).toBe(3)
  expect(contentOf(place.destination)).not.toEqual(good)
  const json = await compare('all', '--json')
  expect(json.io.stdout.json.at(-1)).toMatchObject({ type: 'result', exitCode: 3, plan: { files: [{}, {}] } })
})

test('a replica that is out of reach is named, the others are healed, and the end is 3', async () => {
  damage(place.path('a'), volume('dblock'))
  const { exitCode, out } = await heal(`--replica=${place.path('never/made')}`)
  expect(out).toContain('[SYNC_LISTING_FAILED]')
  expect(out).toContain('never/made')
  expect(exitCode).toBe(3)
  expect(contentOf(place.path('a'))).toEqual(good)
})

test.each([
  [['heal', '/x', '--replica='], '--replica: a URL is empty'],
  [['heal', '/x', '--dst-options=a=b'], 'name one with --replica'],
  [['heal'], 'Name the destination']
] as const)('bad input is refused: %j', async (argv, told) => {
  const { exitCode, error } = await place.run(...argv)
  expect(error).toContain(told)
  expect(exitCode).toBe(200)
})

test('without any replica there is nothing to compare with', async () => {
  const { exitCode, error } = await place.run('heal', place.destination, '--workers=0')
  expect(error).toContain('Name at least one replica to compare with')
  expect(exitCode).toBe(200)
})
