import { mkdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs'
import { openChangeJournal } from '@tercet/source-watch'
import { RandomOperations } from '@tercet/testkit-data'
import { describe, expect, it } from 'vitest'
import type { BackupOptions } from '../../src/backup/backup-options.ts'
import { resolveBackupOptions } from '../../src/backup/backup-options.ts'
import { createBackupWorld } from '../support/backup-world.ts'

describe('a version of what changed', () => {
  it('looks at nothing else', async () => {
    await using world = await createBackupWorld()
    for (const name of ['a', 'b', 'folder/c', 'folder/d', 'gone/e', 'gone/deeper/f']) world.write(name, name)
    expect(await world.backUp()).toMatchObject({ scope: 'all', addedFiles: 6 })
    world.write('a', 'changed')
    world.write('b', 'changed and not told')
    rmSync(world.path('gone'), { recursive: true })
    world.write('new/deep/file', 'x')
    const result = await world.backUp({
      changes: {
        paths: [world.path('a'), world.path('gone'), world.path('folder/c')],
        folders: [world.path('new')]
      }
    })
    expect(result).toMatchObject({ scope: 'changed', modifiedFiles: 1, addedFiles: 1, deletedFiles: 2 })
    expect(await world.backUp()).toMatchObject({
      scope: 'all',
      modifiedFiles: 1,
      addedFiles: 0,
      deletedFiles: 0
    })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
  })

  it('follows what changes its kind', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'x')
    world.write('folder/deep/file', 'x')
    world.write('link/file', 'x')
    await world.backUp()
    unlinkSync(world.path('file'))
    world.write('file/inner', 'now a folder')
    rmSync(world.path('folder'), { recursive: true })
    world.write('folder', 'now a file')
    rmSync(world.path('link'), { recursive: true })
    symlinkSync('elsewhere', world.path('link'))
    const paths = ['file', 'folder', 'link'].map((name) => world.path(name))
    await world.backUp({ changes: { paths } })
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    // The source folder itself has another time, which nobody told.
    await world.backUp({ changes: { paths: [world.source] } })
    expect(await world.backUp()).toMatchObject({ hasChanges: false })
  })

  it('leaves out what a marker excludes, and takes it in again', async () => {
    await using world = await createBackupWorld()
    world.write('cache/deep/file', 'x')
    world.write('other', 'x')
    await world.backUp()
    world.write('cache/CACHEDIR.TAG', '')
    const paths = [world.path('cache/CACHEDIR.TAG'), world.source]
    expect(await world.backUp({ changes: { paths } })).toMatchObject({ deletedFiles: 1 })
    expect(await world.backUp()).toMatchObject({ hasChanges: false })
    unlinkSync(world.path('cache/CACHEDIR.TAG'))
    expect(await world.backUp({ changes: { paths } })).toMatchObject({ addedFiles: 1 })
    expect(await world.backUp()).toMatchObject({ hasChanges: false })
  })

  it('is of everything where the version before is not whole', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'x')
    const changes = { paths: [] }
    expect(await world.backUp({ changes })).toMatchObject({ scope: 'all', addedFiles: 1 })
    expect(await world.backUp({ changes })).toMatchObject({ scope: 'changed', hasChanges: false })
    world.write('b', 'x')
    expect(await world.backUp({ quotaBytes: 1 })).toMatchObject({ version: { isPartial: true } })
    expect(await world.backUp({ changes })).toMatchObject({ scope: 'all', addedFiles: 1 })
    expect(await world.backUp({ changes, storeMetadata: false })).toMatchObject({ scope: 'all' })
  })

  it('is of everything where the version that the changes count from was deleted', async () => {
    await using world = await createBackupWorld()
    world.write('a', 'one')
    await world.backUp()
    world.write('b', 'two')
    const second = await world.backUp()
    const changes = { paths: [], baseline: second.version!.time }
    expect(await world.backUp({ changes })).toMatchObject({ scope: 'changed', hasChanges: false })
    world.catalog.filesets.remove(world.catalog.filesets.versions()[0]!.seq)
    expect(await world.backUp({ changes, verifyListing: false })).toMatchObject({
      scope: 'all',
      addedFiles: 1
    })
  })

  it('is refused where what is far away decides', () => {
    const options = (more: Partial<BackupOptions>) => () =>
      resolveBackupOptions({ sources: ['/x'], changes: { paths: [] }, ...more })
    expect(options({})).not.toThrow()
    for (const more of [
      { symlinkPolicy: 'follow' },
      { excludeEmptyFolders: true },
      { changedFiles: [] }
    ] as const) {
      expect(options(more)).toThrow(expect.objectContaining({ code: 'CONFIG_CONFLICT' }))
    }
    expect(options({ changes: { path: [] } as never })).toThrow(
      expect.objectContaining({ code: 'CONFIG_UNKNOWN_KEY' })
    )
  })
})

const SELECTIONS: Partial<BackupOptions>[] = [
  {},
  { exclude: ['*/b', '*/c/'] },
  { include: ['*/a', '*/d/'] },
  { filters: ['-*.txt', '+*/e/*', '-*/.hidden'] },
  { ignoreFilenames: ['a'] },
  { hardlinkPolicy: 'first' },
  { hardlinkPolicy: 'none' },
  { symlinkPolicy: 'ignore' },
  { maxFileBytes: 10 }
]

describe('a version made of events equals the one that a scan makes', () => {
  it.each(SELECTIONS.map((selection, seed) => [seed, JSON.stringify(selection), selection] as const))(
    'seed %i, with %s',
    async (seed, _, selection) => {
      await using world = await createBackupWorld()
      const outside = `${world.source}-outside`
      mkdirSync(outside)
      const operations = new RandomOperations(seed, world.source, outside)
      operations.do(150)
      await using journal = await openChangeJournal({
        roots: [world.source],
        store: `${world.catalogPath}-journal`,
        thread: false
      })
      const first = await journal.changes()
      await world.backUp(selection)
      await journal.settle(first.cursor, 'first')
      for (let round = 0; round < 6; round++) {
        operations.do(30)
        const { cursor, dirty, unknown } = await journal.changes()
        const changes = { paths: [...dirty], folders: unknown.map(({ path }) => path) }
        const made = await world.backUp({ ...selection, changes })
        // Entries that were carried over are looked at by a scan: there are none here.
        expect(made.scope).toBe('changed')
        const scanned = await world.backUp(selection)
        const { addedFiles, modifiedFiles, deletedFiles, hasChanges } = scanned
        expect([round, addedFiles, modifiedFiles, deletedFiles, hasChanges]).toEqual([round, 0, 0, 0, false])
        await journal.settle(cursor, `${round}`)
      }
    }
  )
})
