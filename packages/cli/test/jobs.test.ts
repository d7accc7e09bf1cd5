import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

const jobsFile = () => place.path('tercet.json')
const run = (...argv: string[]) => place.run(...argv, `--jobs=${jobsFile()}`)

function write(jobs: object, more: object = {}): void {
  writeFileSync(jobsFile(), JSON.stringify({ ...more, jobs }))
}
const job = (more: object = {}) => ({
  sources: [place.source],
  destination: place.destination,
  passphrase: '$PASSPHRASE',
  open: { workers: 0 },
  ...more
})

test('jobs run one after the other, and one that fails keeps no other from it', async () => {
  write({ bad: job({ destination: 'nowhere://x' }), good: job() })
  const result = await run('run')
  expect(result.exitCode).toBe(3)
  expect(result.out).toMatch(
    /^failed {4}bad\n.*STORAGE_UNKNOWN_SCHEME[\s\S]*success {3}good\nDone {6}1 of 2 jobs\n$/
  )
  expect(existsSync(place.destination)).toBe(true)
  expect((await run('run', 'good')).exitCode).toBe(0)
  const unknown = await run('run', 'bda')
  expect([unknown.exitCode, unknown.error]).toEqual([200, expect.stringContaining('bad, good')])
})

test('a file that is wrong is refused before anything is done', async () => {
  write({ good: job(), bad: job({ sourcs: [] }) })
  expect((await run('run', 'good')).exitCode).toBe(200)
  expect(existsSync(place.destination)).toBe(false)
  expect((await place.run('run', '--jobs=/nowhere.json')).exitCode).toBe(200)
})

test('a schedule tells when jobs are due next', async () => {
  write({ a: job({ schedule: { every: 'every day at 3:00' } }), b: job() })
  const result = await run('schedule', '--next')
  expect(result).toMatchObject({ exitCode: 0, out: expect.stringMatching(/^Next {6}\S+ \S+.* {2}a\n$/) })
  write({ b: job() })
  expect((await run('schedule', '--next')).exitCode).toBe(200)
})

test('jobs are exported without their secrets, and imported again', async () => {
  write({ laptop: job({ password: 'hunter2' }) })
  const exported = await run('export-job', 'laptop')
  expect(exported.out).not.toContain('hunter2')
  writeFileSync(place.path('exported.json'), exported.out)
  const again = await run('import-job', place.path('exported.json'))
  expect([again.exitCode, again.error]).toEqual([200, expect.stringContaining('already')])
  expect(await run('import-job', place.path('exported.json'), 'other')).toMatchObject({ exitCode: 0 })
  expect(JSON.parse(readFileSync(jobsFile(), 'utf8')).jobs).toMatchObject({
    laptop: { password: 'hunter2' },
    other: { password: '$laptop.password' }
  })
  expect((await run('export-job', 'laptop', '--with-secrets')).out).toContain('hunter2')
})

test('an export of Duplicati is imported, and what was left out is told', async () => {
  const Settings = [
    { Name: 'passphrase', Value: 'x' },
    { Name: 'parity-module', Value: 'par2' }
  ]
  writeFileSync(
    place.path('duplicati.json'),
    JSON.stringify({
      Backup: { Name: 'laptop', TargetURL: place.destination, Sources: [place.source], Settings }
    })
  )
  const result = await run('import-job', place.path('duplicati.json'))
  expect([result.exitCode, result.out]).toEqual([2, expect.stringContaining('parity-module')])
  expect(JSON.parse(readFileSync(jobsFile(), 'utf8')).jobs.laptop.passphrase).toBe('x')
})
