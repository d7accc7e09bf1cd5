import { linkSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compareTrees, describeTree } from '@tercet/testkit-data'
import { expect, it } from 'vitest'
import { compareSource } from '../src/browse/compare-source.ts'
import { openTemporaryContext } from '../src/recreate/open-temporary-context.ts'
import { recreateCatalog } from '../src/recreate/recreate-catalog.ts'
import { planRestore } from '../src/restore/plan-restore.ts'
import { restore } from '../src/restore/restore.ts'
import { verify } from '../src/verify/verify.ts'
import { FarBackend } from './support/far-backend.ts'
import { openOwnBackup, writeNoise } from './support/own-backup.ts'

it('fetches each volume once, with files scattered over 50 versions', async () => {
  await using own = await openOwnBackup()
  for (let version = 0; version < 50; version++) {
    writeNoise(join(own.source, `file-${version}`), 3000, version)
    await own.backUp()
  }
  const to = own.folder.join('out')
  const plan = await planRestore(own.context, { to, permissions: true })
  const result = await restore(own.context, plan)
  expect(plan.volumesToFetch.length).toBeGreaterThanOrEqual(50)
  expect(new Set(plan.volumesToFetch).size).toBe(plan.volumesToFetch.length)
  expect(result.fetchedVolumes).toBe(plan.volumesToFetch.length)
  const sizes = plan.volumesToFetch.map((name) => statSync(join(own.destination, name)).size)
  expect(result.fetchedBytes).toBe(sizes.reduce((sum, size) => sum + size, 0))
  expect(compareTrees(await describeTree(own.source), await describeTree(to))).toEqual([])

  const spoolFolder = own.folder.join('spool')
  const far = new FarBackend(own.context.backend, spoolFolder)
  const context = { ...own.context, backend: far, spoolFolder }
  const farTo = own.folder.join('far')
  const farPlan = await planRestore(context, { to: farTo, permissions: true })
  expect((await restore(context, farPlan)).issues).toEqual([])
  expect([...far.fetched].sort()).toEqual([...plan.volumesToFetch].sort())
  // One that is unpacked and one that is on its way, however many there are.
  expect(far.mostSpooledBytes).toBeLessThanOrEqual(2 * Math.max(...sizes))
  expect(far.mostSpooledBytes).toBeGreaterThanOrEqual(Math.min(...sizes))
  expect(compareTrees(await describeTree(own.source), await describeTree(farTo))).toEqual([])
})

it('makes hard links again, and no others', async () => {
  await using own = await openOwnBackup()
  writeNoise(join(own.source, 'first'), 5000, 1)
  linkSync(join(own.source, 'first'), join(own.source, 'second'))
  writeFileSync(join(own.source, 'copy'), readFileSync(join(own.source, 'first')))
  await own.backUp()
  const to = own.folder.join('out')
  const result = await restore(own.context, await planRestore(own.context, { to, permissions: true }))
  expect(result.issues).toEqual([])
  const inode = (name: string): number => statSync(join(to, name)).ino
  expect(inode('second')).toBe(inode('first'))
  expect(inode('copy')).not.toBe(inode('first'))
  expect(compareTrees(await describeTree(own.source), await describeTree(to))).toEqual([])
})

it('takes blocks from the original files where these still hold them', async () => {
  await using own = await openOwnBackup()
  for (let n = 0; n < 20; n++) writeNoise(join(own.source, `file-${n}`), 5000, n)
  await own.backUp()
  const expected = await describeTree(own.source)
  const changed = join(own.source, 'file-7')
  const bytes = readFileSync(changed)
  bytes[2000] = (bytes[2000] as number) ^ 1
  writeFileSync(changed, bytes)
  const to = own.folder.join('out')
  const plan = await planRestore(own.context, { to, permissions: true, useLocalBlocks: true })
  const result = await restore(own.context, plan)
  expect(result.issues).toEqual([])
  const found = await describeTree(to)
  expect(compareTrees(expected, found)).toEqual([])
})

it('compares the live source with a version, by metadata and by content', async () => {
  await using own = await openOwnBackup()
  mkdirSync(join(own.source, 'gone'))
  for (const name of ['a', 'b', 'gone/c', 'gone/d']) writeNoise(join(own.source, name), 2000, name.length)
  await own.backUp()
  expect([...(await compareSource(own.context))]).toEqual([])
  expect([...(await compareSource(own.context, { by: 'content' }))]).toEqual([])
  const path = join(own.source, 'a')
  const { atime, mtime } = statSync(path)
  writeNoise(path, 2000, 99)
  utimesSync(path, atime, mtime)
  writeNoise(join(own.source, 'new'), 10, 1)
  rmSync(join(own.source, 'gone'), { recursive: true })
  const byMetadata = [...(await compareSource(own.context))]
  expect(byMetadata.map((each) => [each.kind, each.path.slice(own.source.length + 1)]).sort()).toEqual([
    ['added', 'new'],
    ['deleted', 'gone/'],
    ['deleted', 'gone/c'],
    ['deleted', 'gone/d']
  ])
  const byContent = [...(await compareSource(own.context, { by: 'content' }))]
  expect(byContent.filter(({ kind }) => kind === 'modified')).toMatchObject([{ path, changes: ['content'] }])
})

it('verifies and recreates what was backed up here', async () => {
  await using own = await openOwnBackup()
  for (let version = 0; version < 3; version++) {
    writeNoise(join(own.source, 'large'), 40_000 + version, version)
    await own.backUp()
  }
  expect(await verify(own.context, { samples: 'all' })).toMatchObject({ outcome: 'success', defects: [] })
  expect(await recreateCatalog(own.context)).toMatchObject({ fetchedVolumes: 0, versions: 0 })
  await using alone = await openTemporaryContext({ ...own.context })
  expect(alone.recreated).toMatchObject({ outcome: 'success', versions: 3, fetchedDblocks: 0 })
  const to = own.folder.join('out')
  await restore(alone.context, await planRestore(alone.context, { to, permissions: true }))
  expect(compareTrees(await describeTree(own.source), await describeTree(to))).toEqual([])
})

it('starts no thread for a few small files, and some for more', async () => {
  await using own = await openOwnBackup()
  for (let n = 0; n < 11; n++) writeNoise(join(own.source, `file-${n}`), 3000, n)
  await own.backUp()
  // A thread that is started fails.
  const context = {
    ...own.context,
    workers: 2,
    workerUrl: pathToFileURL(own.folder.join('no-such-module.js'))
  }
  const few = { include: [join(own.source, 'file-3')], to: own.folder.join('few') }
  const result = await restore(context, await planRestore(context, few))
  expect(result).toMatchObject({ outcome: 'success', files: 1 })
  expect(readFileSync(own.folder.join('few', 'file-3'))).toEqual(readFileSync(join(own.source, 'file-3')))
  const all = await planRestore(context, { to: own.folder.join('all') })
  await expect(restore(context, all)).rejects.toMatchObject({ code: 'WORKER_START_FAILED' })
})
