import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

let work: string
beforeEach(() => {
  work = fs.mkdtempSync(path.join(os.tmpdir(), 'tercet-three-two-one-'))
})
afterEach(() => fs.rmSync(work, { recursive: true, force: true }))

function run() {
  const program = path.join(import.meta.dirname, '../src/index.ts')
  return spawnSync(process.execPath, ['--conditions=@tercet/source', program, 'folder', 'three.json'], {
    cwd: work,
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '', XDG_DATA_HOME: path.join(work, 'data') }
  })
}

test('the configuration of the example, with places of the test: each place in its turn, and 3-2-1 holds', () => {
  const example = fs.readFileSync(path.join(import.meta.dirname, '../three-two-one.json'), 'utf8')
  fs.writeFileSync(path.join(work, 'three.json'), example.replaceAll('/mnt/', `${work}/`))
  fs.mkdirSync(path.join(work, 'folder'))
  fs.writeFileSync(path.join(work, 'folder', 'letter.txt'), 'first')
  const first = run()
  expect(first.stderr).toBe('')
  for (const name of ['nas', 'office', 'tape'])
    expect(first.stdout).toMatch(new RegExp(`/${name}/laptop: succeeded, \\d`))
  expect(first.stdout).toContain('3-2-1 holds')
  expect(first.status).toBe(0)
  fs.writeFileSync(path.join(work, 'folder', 'letter.txt'), 'second')
  const second = run()
  expect(second.stdout).toMatch(/nas\/laptop: succeeded, \d+ files copied \(inline\)/)
  expect(second.stdout).toMatch(/office\/laptop: skipped, 0 files copied \(count-not-reached\)/)
  expect(second.stdout).toMatch(/tape\/laptop: skipped, 0 files copied \(interval-not-elapsed\)/)
  const files = (name: string) => fs.readdirSync(path.join(work, name, 'laptop')).sort()
  expect(files('nas')).toEqual(files('usb'))
  expect(files('tape').length).toBeLessThan(files('usb').length)
})
