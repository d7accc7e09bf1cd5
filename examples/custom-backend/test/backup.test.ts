import { spawnSync } from 'node:child_process'
import * as path from 'node:path'
import { expect, test } from 'vitest'

test('a backup goes into the table and a file comes back out of it', () => {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  const run = spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning', program],
    {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' }
    }
  )
  expect(run).toMatchObject({ status: 0, stderr: '', stdout: 'backup: success\nkept in a table\n' })
})
