import { rmSync } from 'node:fs'
import { createSpool, createWorkerPool, openStoredVolume, type VolumeFile } from '@tercet/core'
import { DEFAULT_COMPRESSION, type DlistReader } from '@tercet/volume-format'
import { expect, it, onTestFinished } from 'vitest'
import { type BackupJobs, createBackupJobs } from '../../src/backup/backup-jobs.ts'
import { ListDraft } from '../../src/backup/list-draft.ts'
import type { PublishOptions } from '../../src/backup/publish-version.ts'
import { VersionWriter } from '../../src/backup/version-writer.ts'
import { readStoredSettings } from '../../src/common/stored-settings.ts'
import { verify } from '../../src/verify/verify.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

/** A version of three folders, and the beginning of another one. */
async function begunVersion() {
  const world = await createBackupWorld()
  onTestFinished(() => world[Symbol.asyncDispose]())
  for (const name of ['a/1', 'a/2', 'b/1', 'b/2', 'c/1', 'c/2']) world.write(name, name)
  await world.backUp()
  const { catalog, clock } = world
  const pool = createWorkerPool<BackupJobs>({ workers: 0, inline: createBackupJobs })
  const spool = createSpool({ folder: world.path('..') })
  onTestFinished(async () => {
    await pool[Symbol.asyncDispose]()
    spool[Symbol.dispose]()
  })
  const writer = new VersionWriter(catalog, () => 2_000_000_000)
  const options: PublishOptions = {
    catalog,
    store: undefined as never,
    spool,
    pool,
    settings: readStoredSettings(catalog)!,
    compression: DEFAULT_COMPRESSION,
    key: undefined,
    controlFiles: [],
    clock,
    signal: new AbortController().signal
  }
  const remove = (name: string) => catalog.transaction(() => writer.vanish([world.path(name)]))
  remove('a/1')
  return { world, writer, draft: new ListDraft(writer, options, 0), spool, remove }
}

async function pathsIn(file: VolumeFile): Promise<string[]> {
  using list = (await openStoredVolume({ path: file.path, name: file.name })) as DlistReader & Disposable
  const paths: string[] = []
  for await (const batch of list.entries()) for (const { path } of batch) paths.push(path)
  return paths
}

function pathsOf({ catalog }: BackupWorld, seq: number): string[] {
  return Array.from(catalog.entries.of({ seq }), ({ path }) => path)
}

it('has what was recorded before it came there, and what was recorded behind it meanwhile', async () => {
  const { world, writer, draft, remove } = await begunVersion()
  draft.advance(world.path('b/'))
  remove('b/2')
  draft.advance(world.path('c/'))
  remove('c/1')
  draft.complete()
  const paths = await pathsIn((await draft.take(true))!)
  expect(paths).toEqual(pathsOf(world, writer.seq!))
  expect(paths.map((path) => path.slice(world.source.length))).toEqual(
    expect.arrayContaining(['/a/2', '/b/1', '/c/2'])
  )
  expect(paths).not.toContain(world.path('c/1'))
})

it.each([
  ['something before it changes', 'b/1'],
  ['something changes after its end', 'c/1']
])('does not hold once %s', async (_case, name) => {
  const { world, draft, remove } = await begunVersion()
  draft.advance(world.path('c/'))
  if (name === 'c/1') draft.complete()
  remove(name)
  if (name !== 'c/1') draft.complete()
  expect(await draft.take(true)).toBeUndefined()
})

it('is no list of a version that is not full, and none before its end', async () => {
  const first = await begunVersion()
  first.draft.advance(first.world.path('b/'))
  expect(await first.draft.take(true)).toBeUndefined()
  const second = await begunVersion()
  second.draft.complete()
  expect(await second.draft.take(false)).toBeUndefined()
})

it('fails for whoever takes it, and not before', async () => {
  const { world, draft, spool } = await begunVersion()
  rmSync(spool.folder, { recursive: true })
  draft.advance(world.path('b/'))
  draft.complete()
  await expect(draft.take(true)).rejects.toMatchObject({ code: 'SPOOL_FAILED' })
})

it('is that of the version after a walk over many folders', async () => {
  await using world = await createBackupWorld({ workers: 1 })
  for (let index = 0; index < 1300; index++) world.write(`${index % 6}/${index}`, '')
  await world.backUp()
  world.write('0/another', '')
  await world.backUp()
  expect((await verify(world.context, { samples: 'all' })).defects).toEqual([])
  expect([...world.catalog.entries.of({ seq: world.catalog.filesets.versions()[0]!.seq })]).toHaveLength(1308)
})
