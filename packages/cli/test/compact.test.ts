import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(async () => {
  place = new Workplace()
  for (let version = 0; version < 3; version++) {
    place.write('a.txt', randomBytes(60_000).toString('base64'))
    await place.backUp('--backup-test-samples=0')
  }
})
afterEach(() => place[Symbol.dispose]())

test('compact shows its plan in a dry run, and carries it out', async () => {
  const deleted = await place.run('delete', place.destination, '--keep-versions=1', '--no-auto-compact')
  expect(deleted.out).not.toContain('Compacted')
  expect(place.volumes('dblock')).toHaveLength(3)
  const shown = await place.run('compact', place.destination, '--dry-run')
  expect(shown).toMatchObject({ exitCode: 0 })
  expect(shown.out).toMatch(/^Waste {5}\d+ KiB of \d+ KiB .*\nDelete {4}/)
  expect(shown.out).toMatch(
    /\nCost {6}\S+ \S+ to fetch, about \S+ \S+ to store and to read back\nGain {6}about \d+ KiB\n$/
  )
  expect(place.volumes('dblock')).toHaveLength(3)
  const done = await place.run('compact', place.destination, '--workers=0')
  expect(done).toMatchObject({ exitCode: 0 })
  expect(done.out).toMatch(/\nCompacted 2 volumes to 1: \d+ KiB freed; .* fetched, .* stored\n$/)
  const tested = await place.run('test', place.destination, 'all', '--workers=0')
  expect(tested).toMatchObject({ exitCode: 0 })
  const again = await place.run('compact', place.destination)
  expect(again.out).toContain('Compacted nothing, as little is wasted')
})

test('delete and backup compact by themselves', async () => {
  const deleted = await place.run('delete', place.destination, '--version=2', '--workers=0')
  expect(deleted.out).toMatch(/\nCompacted \d volumes? to \d: /)
  place.write('a.txt', 'short')
  const backedUp = await place.backUp('--keep-versions=1')
  expect(backedUp.out).toMatch(/\nDeleted {3}2 versions; 1 left\nCompacted \d volumes? to \d: /)
})

test('compact tells its result as JSON, and refuses wrong options', async () => {
  const { out } = await place.run('compact', place.destination, '--threshold=0', '--json')
  expect(JSON.parse(out.trim().split('\n').at(-1)!)).toMatchObject({
    type: 'result',
    outcome: 'success',
    plan: { rules: { threshold: 0 } }
  })
  expect((await place.run('compact', place.destination, '--threshold=101')).exitCode).toBe(200)
  expect((await place.run('compact', place.destination, '--treshold=1')).error).toContain('--threshold')
})
