import { spawnSync } from 'node:child_process'
import * as path from 'node:path'
import { expect, test } from 'vitest'

test('the demo backs up, restores from the destination alone and finds both versions equal', () => {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  const folder = path.join(import.meta.dirname, '../../../docs')
  const run = spawnSync(process.execPath, ['--conditions=@tercet/source', program, folder], {
    encoding: 'utf8'
  })
  expect(run.stderr).toBe('')
  expect(run.stdout).toContain('Both versions are back')
  expect(run.status).toBe(0)
})
