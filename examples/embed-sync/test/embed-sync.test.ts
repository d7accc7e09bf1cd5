import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-embed-sync-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

test('mirrors to two folders, and says what it does', () => {
  fs.mkdirSync(path.join(folder, 'a', 'deep'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'a', 'deep', 'file.txt'), 'content')
  const program = path.join(import.meta.dirname, '../src/index.ts')
  const run = () =>
    spawnSync(process.execPath, ['--conditions=@tercet/source', program, 'a', 'b', 'c'], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' }
    })
  const first = run()
  expect(first).toMatchObject({ status: 0, stderr: '' })
  expect(first.stdout).toContain('1 file to read once')
  expect(first.stdout).toContain('b: succeeded, 1 copied, 0 deleted\nc: succeeded, 1 copied, 0 deleted\n')
  for (const name of ['b', 'c'])
    expect(fs.readFileSync(path.join(folder, name, 'deep', 'file.txt'), 'utf8')).toBe('content')
  expect(run().stdout).toContain('b: succeeded, 0 copied, 0 deleted\n')
})
