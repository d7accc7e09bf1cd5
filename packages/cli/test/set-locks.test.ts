import { afterEach, beforeEach, expect, test } from 'vitest'
import { Workplace } from './support/program.ts'

let place: Workplace
beforeEach(() => {
  place = new Workplace()
})
afterEach(() => place[Symbol.dispose]())

test('locks are set and read where the store has them; a folder has none', async () => {
  await place.run('backup', place.destination, place.source, '--no-encryption')
  const without = await place.run('set-locks', place.destination)
  expect([without.exitCode, without.error]).toEqual([200, expect.stringContaining('for how long')])
  const both = await place.run('set-locks', place.destination, '--all-versions', '--version=0')
  expect([both.exitCode, both.error]).toEqual([200, expect.stringContaining('--all-versions')])
  for (const command of [['set-locks', '--remote-file-lock-duration=30D'], ['read-lock-info']]) {
    const [name = '', ...options] = command
    const result = await place.run(name, place.destination, ...options)
    expect([result.exitCode, result.error]).toEqual([100, expect.stringContaining('does not support')])
  }
})
