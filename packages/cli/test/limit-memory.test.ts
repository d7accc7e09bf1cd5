import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createTemporaryFolder } from '@tercet/testkit-data'
import { expect, test } from 'vitest'

const program = fileURLToPath(new URL('./support/limit-memory-once.ts', import.meta.url))

function run(step: string, file: string): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--conditions=@tercet/source', program, step, file],
    { encoding: 'utf8' }
  )
  expect([status, stderr]).toEqual([0, ''])
  return stdout
}

// Threads that start have Node's own modules to load, which are there in compiled form.
test('compiled code is taken until the heaps are limited, which is after the start', async () => {
  await using folder = await createTemporaryFolder()
  const file = join(folder.path, 'compiled.json')
  run('make', file)
  expect(JSON.parse(run('use', file))).toEqual([false, false, true])
})
