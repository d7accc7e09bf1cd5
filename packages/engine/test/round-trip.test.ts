import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { loadNative } from '@tercet/native'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { type BackupWorld, createBackupWorld } from './support/backup-world.ts'

afterEach(() => vi.unstubAllEnvs())

/** Extended attributes, exact times, owners and modes, on a file, a folder and a link, and what goes with files. */
function fill(world: BackupWorld): void {
  world.write('file', 'content')
  world.write('program', '#!/bin/sh\n')
  world.write('sparse', 'x')
  truncateSync(world.path('sparse'), 300_000)
  mkdirSync(world.path('folder'))
  symlinkSync('file', world.path('link'))
  linkSync(world.path('file'), world.path('second'))
  execFileSync('setfattr', ['-n', 'user.note', '-v', '0x00ff0a22', world.path('file')])
  execFileSync('setfattr', ['-n', 'user.empty', world.path('file')])
  execFileSync('setfattr', ['-n', 'user.note', '-v', 'of a folder', world.path('folder')])
  chmodSync(world.path('file'), 0o640)
  if (process.geteuid?.() === 0) chownSync(world.path('program'), 1234, 5678)
  chmodSync(world.path('program'), 0o4755)
  chmodSync(world.path('folder'), 0o1777)
  const times: [string, string][] = [
    ['file', '2001-02-03T04:05:06.1234567Z'],
    ['program', '1969-12-31T23:59:58.0000001Z'],
    ['sparse', '2038-01-19T03:14:08.9999999Z'],
    ['link', '2011-12-13T14:15:16.7654321Z'],
    ['folder', '2020-02-29T12:00:00.9999999Z']
  ]
  for (const [name, time] of times) execFileSync('touch', ['-h', '-d', time, world.path(name)])
}

describe('what a file is besides its content', () => {
  it.each(['', '1'])(
    'comes back exactly (without native calls while it is backed up: "%s")',
    async (without) => {
      await using world = await createBackupWorld()
      fill(world)
      const tree = await world.tree()
      const shown = JSON.stringify(tree)
      for (const seen of ['user.note', 'user.empty', '981173106123456700', '1582977600999999900'])
        expect(shown).toContain(seen) // what is compared does hold all this
      vi.stubEnv('TERCET_NO_NATIVE', without)
      expect(loadNative() === undefined).toBe(without === '1')
      expect(await world.backUp()).toMatchObject({ outcome: 'success', issueCount: 0 })
      expect(await world.backUp()).toMatchObject({ hasChanges: false })
      vi.stubEnv('TERCET_NO_NATIVE', '')
      expect(await world.differences(0, tree)).toEqual([])
      expect(await world.differencesFromDestination(0, tree)).toEqual([])
      await world.checkFormat()
    }
  )

  it('is stored again when nothing else has changed', async () => {
    await using world = await createBackupWorld()
    fill(world)
    const first = await world.tree()
    await world.backUp()
    execFileSync('setfattr', ['-x', 'user.note', world.path('file')])
    chmodSync(world.path('folder'), 0o700)
    // The names of one file change together.
    expect(await world.backUp()).toMatchObject({ modifiedFiles: 2, modifiedFolders: 1 })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect(await world.differencesFromDestination(1, first)).toEqual([])
  })
})

describe('the original place', () => {
  it('gets back what is gone or changed, and keeps what is right or newer than the version', async () => {
    await using world = await createBackupWorld()
    fill(world)
    world.write('deep/er/gone', 'gone')
    const tree = await world.tree()
    await world.backUp()
    rmSync(world.path('deep'), { recursive: true })
    unlinkSync(world.path('link'))
    writeFileSync(world.path('program'), 'overwritten by mistake')
    writeFileSync(world.path('later'), 'made since')
    const plan = await planRestore(world.context, { permissions: true, overwrite: 'overwrite' })
    expect(plan.presentFiles).toBe(3)
    expect(await restore(world.context, plan)).toMatchObject({ outcome: 'success', failed: 0 })
    expect(readFileSync(world.path('later'), 'utf8')).toBe('made since')
    unlinkSync(world.path('later'))
    const changed = (await world.tree()).filter(({ path }) => path !== '.') // its time is that of the last removal
    expect(changed).toEqual(tree.filter(({ path }) => path !== '.'))
  })

  it('is never overwritten unless that is asked for', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'as it was')
    await world.backUp()
    writeFileSync(world.path('file'), 'as it is')
    const result = await restore(world.context, await planRestore(world.context, {}))
    expect(result.outcome).toBe('success')
    expect(readFileSync(world.path('file'), 'utf8')).toBe('as it is')
    const other = readdirSync(world.source).find((name) => name !== 'file')!
    expect(other).toMatch(/^file\.2025-03-01/)
    expect(readFileSync(world.path(other), 'utf8')).toBe('as it was')
  })
})

describe('a version by its time', () => {
  it('is the newest that is not after it', async () => {
    await using world = await createBackupWorld()
    const times: string[] = []
    for (const content of ['one', 'two', 'three']) {
      world.write('file', content)
      times.push((await world.backUp()).version!.time)
      await world.clock.advance(3_600_000)
    }
    const at = async (time: string): Promise<string> => {
      const to = `${world.source}-at`
      rmSync(to, { recursive: true, force: true })
      await restore(world.context, await planRestore(world.context, { time, to }))
      return readFileSync(`${to}/file`, 'utf8')
    }
    expect(await at(times[0]!)).toBe('one')
    expect(await at(new Date(Date.parse(times[2]!) - 1000).toISOString())).toBe('two')
    expect(await at('2099/12/31')).toBe('three')
    await expect(at(new Date(Date.parse(times[0]!) - 1000).toISOString())).rejects.toMatchObject({
      code: 'CATALOG_NO_SUCH_VERSION'
    })
    expect(existsSync(`${world.source}-at`)).toBe(false)
    expect(statSync(world.path('file')).isFile()).toBe(true)
  })
})
