import { spawnSync } from 'node:child_process'
import * as path from 'node:path'
import { expect, test } from 'vitest'

test('the demo backs up, syncs, heals, loses the destination, restores from a replica, and finds both versions equal', () => {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  const folder = path.join(import.meta.dirname, '../../../docs')
  const run = spawnSync(process.execPath, ['--conditions=@tercet/source', program, folder], {
    encoding: 'utf8'
  })
  expect(run.stderr).toBe('')
  expect(run.stdout).toMatch(/3-2-1 before {2}does not hold: .*\n/)
  expect(run.stdout).toMatch(/nas: succeeded, \d+ files.*\n.*vault: succeeded, \d+ files/)
  expect(run.stdout).toMatch(/3-2-1 after {3}holds: /)
  expect(run.stdout).toMatch(/damage .* is damaged at .*nas: from primary, which is what was stored/)
  expect(run.stdout).toContain('Both versions are back')
  expect(run.status).toBe(0)
})
