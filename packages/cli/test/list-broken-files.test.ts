import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(async () => {
  place = new Workplace()
  await place.backUp('--backup-test-samples=0')
})
afterEach(() => place[Symbol.dispose]())

test('list-broken-files tells what is lost with a volume, and that nothing is', async () => {
  const whole = await place.run('list-broken-files', place.destination)
  expect(whole).toMatchObject({ exitCode: 0, out: 'Nothing is known to be broken\n' })
  const [volume] = place.volumes('dblock')
  rmSync(join(place.destination, volume!))
  const broken = await place.run('list-broken-files', place.destination, '--version=0')
  expect(broken.exitCode).toBe(3)
  expect(broken.out).toContain(`${volume}  is missing at the destination\n`)
  expect(broken.out).toContain(`  ${place.source}/a.txt  (5 B, 0)\n`)
  expect(broken.out).toMatch(/\n1 volume lost; \d paths broken in 1 version\n$/)
  const json = await place.run('list-broken-files', place.destination, '--json')
  expect(JSON.parse(json.out.trim().split('\n').at(-1)!)).toMatchObject({
    outcome: 'error',
    volumes: [{ name: volume, reason: 'missing' }]
  })
  expect((await place.run('list-broken-files', place.destination, '--version=7')).exitCode).toBe(100)
})
