import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let work: string
beforeEach(() => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-rsync-like-'))
})
afterEach(() => fs.rmSync(work, { recursive: true, force: true }))

function run() {
  const conditions = '--conditions=@tercet/source'
  const cli = path.join(import.meta.dirname, '../../../packages/cli/src/main.ts')
  const program = path.join(import.meta.dirname, '../src/index.ts')
  return spawnSync(process.execPath, [conditions, program, 'folder', 'target'], {
    cwd: work,
    encoding: 'utf8',
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      XDG_DATA_HOME: path.join(work, 'data'),
      TERCET: `${process.execPath} ${conditions} ${cli}`
    }
  })
}

test('both sides are what the folder is, at first and after changes in it', () => {
  const folder = path.join(work, 'folder')
  fs.mkdirSync(path.join(folder, 'deep', 'down'), { recursive: true })
  for (const name of ['a', 'b', 'deep/c', 'deep/down/ü 日本', 'empty'])
    fs.writeFileSync(path.join(folder, name), name === 'empty' ? '' : `content of ${name}`)
  const first = run()
  expect(first).toMatchObject({ status: 0, stderr: '' })
  expect(first.stdout).toMatch(/identical .*by-program: 5 files\nidentical .*by-library: 5 files\n/)
  fs.rmSync(path.join(folder, 'a'))
  fs.writeFileSync(path.join(folder, 'b'), 'another length')
  fs.writeFileSync(path.join(folder, 'new'), 'new')
  const second = run()
  expect(second).toMatchObject({ status: 0, stderr: '' })
  expect(second.stdout).toMatch(/by-program: 5 files\n.*by-library: 5 files\n/)
  expect(fs.existsSync(path.join(work, 'target', 'by-library', 'a'))).toBe(false)
})
