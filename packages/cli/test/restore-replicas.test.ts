import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(async () => {
  place = new Workplace()
  await place.backUp()
  place.write('a.txt', 'alpha, changed')
  await place.backUp()
  for (const name of ['nas', 'cloud']) cpSync(place.destination, place.path(name), { recursive: true })
})
afterEach(() => place[Symbol.dispose]())

const volumes = (type: string) =>
  readdirSync(place.path('nas'))
    .filter((name) => name.includes(`.${type}.`))
    .sort()

function damage(folder: string, name: string): void {
  const bytes = readFileSync(join(folder, name))
  bytes[bytes.length - 40]! ^= 1
  writeFileSync(join(folder, name), bytes)
}

const restore = (url: string, names: readonly string[], ...more: string[]) =>
  place.run(
    'restore',
    url,
    ...names.map((name) => `--replica=${place.path(name)}`),
    `--restore-path=${place.restored}`,
    '--workers=0',
    ...more
  )
const restored = () => ['a.txt', 'sub/b.txt'].map((name) => readFileSync(join(place.restored, name), 'utf8'))

test('T7: a replica is restored from directly', async () => {
  expect((await restore(place.path('nas'), [])).exitCode).toBe(0)
  expect(restored()).toEqual(['alpha, changed', 'beta'])
})

test('T7: each place has different damage; each volume comes from where it is intact', async () => {
  const [first, second] = volumes('dblock') as [string, string]
  const list = volumes('dlist')[1]!
  damage(place.destination, first)
  rmSync(join(place.destination, second))
  damage(place.path('nas'), second)
  rmSync(join(place.path('nas'), list))
  rmSync(join(place.path('cloud'), first))
  damage(place.path('cloud'), list)
  rmSync(place.path('data'), { recursive: true })
  // Alone, none of them can give all of it.
  for (const alone of [place.destination, place.path('nas'), place.path('cloud')]) {
    const { out } = await restore(alone, [], '--version=0')
    expect(out.includes('Issues    none') && restored().join() === 'alpha, changed,beta').toBe(false)
    rmSync(place.restored, { recursive: true, force: true })
  }
  const { exitCode, out } = await restore(place.destination, ['nas', 'cloud'])
  expect(out).toContain('Issues    none')
  expect(out).toMatch(/Replicas {2}\d+ volumes? came from other copies/)
  expect(exitCode).toBe(0)
  expect(restored()).toEqual(['alpha, changed', 'beta'])
})

test('T7: the primary is gone entirely, or out of reach: the catalog knows it still, and a replica gives all', async () => {
  rmSync(place.destination, { recursive: true })
  expect((await restore(place.destination, ['nas'])).exitCode).toBe(0)
  expect(restored()).toEqual(['alpha, changed', 'beta'])
  rmSync(place.restored, { recursive: true })
  writeFileSync(place.destination, 'no folder')
  expect((await restore(place.destination, ['nas'])).exitCode).toBe(0)
  expect(restored()).toEqual(['alpha, changed', 'beta'])
})

test('a replica that is out of reach is no reason to fail; what is damaged everywhere costs only what needs it', async () => {
  expect((await restore(place.destination, ['never/made', 'nas'])).exitCode).toBe(0)
  const [first] = volumes('dblock') as [string]
  for (const name of ['nas', 'cloud']) damage(place.path(name), first)
  damage(place.destination, first)
  rmSync(place.restored, { recursive: true })
  const { exitCode } = await restore(place.destination, ['nas', 'cloud'])
  expect(exitCode).not.toBe(0)
})

test('nothing is written to any place, and the catalog of the primary learns nothing of a replica', async () => {
  const snapshot = () =>
    ['destination', 'nas', 'cloud'].map((name) =>
      readdirSync(place.path(name)).map((file) => [
        file,
        readFileSync(join(place.path(name), file), 'latin1')
      ])
    )
  const before = snapshot()
  mkdirSync(place.path('other'))
  expect((await restore(place.destination, ['other', 'nas', 'cloud'])).exitCode).toBe(0)
  expect(snapshot()).toEqual(before)
  expect(readdirSync(place.path('other'))).toEqual([])
})
