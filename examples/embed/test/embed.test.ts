import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-embed-'))
  fs.mkdirSync(path.join(folder, 'source'))
  fs.writeFileSync(path.join(folder, 'source', 'file.txt'), 'content')
})
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }))

function embed(...args: string[]) {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  return spawnSync(process.execPath, ['--conditions=@tercet/source', program, ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', XDG_DATA_HOME: path.join(folder, 'data') }
  })
}

test('shows progress, stores a version and ends by itself', () => {
  const run = embed('source', 'destination')
  expect(run).toMatchObject({ status: 0, stderr: '' })
  expect(run.stdout).toContain('found 1 files, 7 bytes')
  expect(run.stdout).toContain('stored dlist')
  expect(run.stdout).toContain('backup: success, 1 new files')
  expect(run.stdout).toContain('the program goes on')
})

test('is cancelled in the middle, goes on, and the next run completes', () => {
  const cancelled = embed('source', 'destination', '--cancel-after-volumes=1')
  expect(cancelled).toMatchObject({ status: 0, stderr: '' })
  expect(cancelled.stdout).toContain('backup: cancelled by the program')
  expect(cancelled.stdout).toContain('the program goes on')
  const next = embed('source', 'destination')
  expect(next.stdout).toContain('BACKUP_RECOVERED')
  expect(next.stdout).toContain('stored dlist')
})

test('tells a wrong destination by its code', () => {
  fs.writeFileSync(path.join(folder, 'a-file'), '')
  const run = embed('source', 'a-file')
  expect(run.status).toBe(0)
  expect(run.stdout).toMatch(/backup failed: [A-Z_]+: /)
})
