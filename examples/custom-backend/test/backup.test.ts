import { spawnSync } from 'node:child_process'
import * as path from 'node:path'
import { expect, test } from 'vitest'

test('a backup goes into the table, is synced to another and to a folder, and a file comes back out of the other', () => {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  const run = spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', '--disable-warning=ExperimentalWarning', program],
    {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' }
    }
  )
  expect(run).toMatchObject({
    status: 0,
    stderr: '',
    stdout: 'backup: success\nreplica: succeeded, 3 files\nreplica: succeeded, 3 files\nkept in a table\n'
  })
})
