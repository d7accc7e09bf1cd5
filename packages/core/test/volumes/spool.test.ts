import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSpool } from '../../src/volumes/spool.ts'

const DAY_MS = 24 * 3_600_000

let parent: string
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'tercet-test-'))
})
afterEach(() => rmSync(parent, { recursive: true, force: true }))

/** Lets another process make a spool and die without a chance to clean up. */
function leaveSpool(): string {
  const program = fileURLToPath(new URL('./spool-program.ts', import.meta.url))
  const child = spawnSync(process.execPath, ['--conditions=@tercet/source', program, parent], {
    encoding: 'utf8'
  })
  expect(child.signal).toBe('SIGKILL')
  return child.stdout.trim()
}

describe('createSpool', () => {
  it('makes a folder for its owner only and removes it with its content', () => {
    const spool = createSpool({ folder: parent })
    expect(statSync(spool.folder).mode & 0o777).toBe(0o700)
    writeFileSync(spool.pathOf('a'), 'x')
    expect(readdirSync(spool.folder)).toEqual(['a'])
    spool[Symbol.dispose]()
    expect(readdirSync(parent)).toEqual([])
    spool[Symbol.dispose]()
  })

  it('is private even where the process makes files readable for all', () => {
    const before = process.umask(0)
    try {
      using spool = createSpool({ folder: join(parent, 'new', 'folder') })
      expect(statSync(spool.folder).mode & 0o777).toBe(0o700)
    } finally {
      process.umask(before)
    }
  })

  it('removes what a killed process has left, and nothing of one that lives', () => {
    using living = createSpool({ folder: parent })
    const left = leaveSpool()
    expect(readdirSync(parent)).toHaveLength(2)
    using next = createSpool({ folder: parent })
    expect(
      readdirSync(parent)
        .map((name) => join(parent, name))
        .sort()
    ).toEqual([living.folder, next.folder].sort())
    expect(left).not.toBe('')
  })

  it('keeps a folder of another system until nothing has changed in it for a week', () => {
    const foreign = join(parent, 'tercet-spool-0123456789ab-1-1-aaaaaaaaaaaa')
    mkdirSync(foreign)
    const changedAt = statSync(foreign).mtimeMs
    createSpool({ folder: parent, clock: () => changedAt + 6 * DAY_MS })[Symbol.dispose]()
    expect(readdirSync(parent)).toHaveLength(1)
    createSpool({ folder: parent, clock: () => changedAt + 8 * DAY_MS })[Symbol.dispose]()
    expect(readdirSync(parent)).toEqual([])
  })

  it('leaves files, links and other names alone', () => {
    const target = join(parent, 'precious')
    mkdirSync(target)
    writeFileSync(join(target, 'file'), 'x')
    symlinkSync(target, join(parent, 'tercet-spool-0123456789ab-1-1-bbbbbbbbbbbb'))
    writeFileSync(join(parent, 'tercet-spool-0123456789ab-1-1-cccccccccccc'), 'x')
    utimesSync(target, 0, 0)
    createSpool({ folder: parent, clock: () => Date.now() + 365 * DAY_MS })[Symbol.dispose]()
    expect(readdirSync(parent)).toHaveLength(3)
    expect(readdirSync(target)).toEqual(['file'])
  })

  it('names the folder that it cannot use', () => {
    writeFileSync(join(parent, 'file'), 'x')
    const folder = join(parent, 'file', 'below')
    expect(() => createSpool({ folder })).toThrow(
      expect.objectContaining({ code: 'SPOOL_FAILED', context: expect.objectContaining({ folder }) })
    )
  })
})
