import { readdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

const backUp = (configuration: string, ...more: string[]) =>
  place.run(
    'backup',
    place.destination,
    place.source,
    '--workers=0',
    `--remote-sync-json-config=${configuration}`,
    ...more
  )

test('a backup is followed by its replication, and says where each replica stands', async () => {
  const configuration = JSON.stringify({
    destinations: [{ url: place.path('a') }, { url: place.path('b'), mode: 'counting', count: 2 }, {}]
  })
  const first = await backUp(configuration)
  expect(first.exitCode).toBe(0)
  expect(first.out).toMatch(
    /\nReplica {3}\S*\/a: current; 3 files copied, \S+ \S+\nReplica {3}\S*\/b: current; /
  )
  expect(first.out).toContain('Replica   (blank): skipped, as it has no URL')
  expect(readdirSync(place.path('a')).sort()).toEqual(readdirSync(place.destination).sort())
  place.write('new.txt', 'new')
  const second = await backUp(configuration)
  expect(second.out).toMatch(/\/b: skipped, as it is not due yet; 1 backup behind\n/)
})

test('a replica that fails ends the backup with a warning, 2, and is told with its code', async () => {
  writeFileSync(place.path('file'), '')
  const configuration = JSON.stringify({
    destinations: [
      { url: place.path('file/inside'), 'backend-retries': 1, retry: 0 },
      { url: place.path('good') }
    ]
  })
  const { exitCode, out } = await backUp(configuration)
  expect(out).toMatch(/Replica {3}\S*inside: FAILED: .* \[S[A-Z_]+\]/)
  expect(out).toMatch(/Replica {3}\S*good: current; /)
  expect(exitCode).toBe(2)
})

test('the configuration may be a file; --json gives every replica as data', async () => {
  const file = place.path('sync.json')
  writeFileSync(file, JSON.stringify({ destinations: [{ url: place.path('a'), id: 'a' }] }))
  const { out } = await place.run(
    'backup',
    place.destination,
    place.source,
    '--workers=0',
    `--remote-sync-config=${file}`,
    '--json'
  )
  const result = JSON.parse(out.trim().split('\n').at(-1)!)
  expect(result).toMatchObject({
    outcome: 'success',
    replication: { replicas: [{ id: 'a', status: 'succeeded', reason: 'inline', behindBackups: 0 }] }
  })
})

test('D26: a configuration that cannot be meant is refused before anything is backed up', async () => {
  const { exitCode, error } = await backUp('{"destinations":[{"url":"/x","interval":"1d"}]}')
  expect(error).toContain('destinations[0].interval: "1d" is not a duration')
  expect(exitCode).toBe(200)
  expect(readdirSync(place.folder)).not.toContain('destination')
})
