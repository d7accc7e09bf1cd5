import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createMemoryBackend, createMemoryScheme, type MemoryBackend } from '@tercet/backend-memory'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { BackupEvent } from '../src/index.ts'
import { type OpenBackupOptions, openBackup, Secret } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let store: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  store = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

/** The backup at the store of this test, on one thread. */
const open = (more: Partial<OpenBackupOptions> = {}) =>
  openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retryDelayMs: 0,
    ...more
  })
const names = async () => {
  const found: string[] = []
  for await (const { path } of store.list()) found.push(path)
  return found
}

describe('the programs that users write', () => {
  test('back up, look, restore, read, verify', async () => {
    await using backup = await open()
    expect(backup.isNew).toBe(true)
    const events: BackupEvent[] = []
    const stored: string[] = []
    const result = await backup.run({
      sources: [place.source],
      exclude: ['*.tmp'],
      signal: AbortSignal.timeout(60_000),
      onEvent: (event) => events.push(event),
      onVolumeStored: ({ path }) => void stored.push(path)
    })
    expect(result).toMatchObject({
      outcome: 'success',
      addedFiles: 2,
      verification: { outcome: 'success', verified: 3 }
    })
    expect(stored.sort()).toEqual((await names()).sort())
    expect(JSON.parse(JSON.stringify(events))).toEqual(events)

    const versions = await Array.fromAsync(backup.versions())
    expect(versions).toMatchObject([{ number: 0, isPartial: false, files: 2, bytes: 9 }])
    const entries = await Array.fromAsync(backup.entries({ version: 0, under: `${place.source}/sub/` }))
    expect(entries.map(({ path }) => path)).toEqual([`${place.source}/sub/`, `${place.source}/sub/b.txt`])

    const plan = await backup.planRestore({ version: 0, include: ['b.txt'], to: place.path('out') })
    expect(plan).toMatchObject({ files: 1, bytes: 4, volumesToFetch: [expect.stringContaining('dblock')] })
    expect(await backup.restore(plan)).toMatchObject({ outcome: 'success', files: 1 })
    expect(readFileSync(place.path('out/b.txt'), 'utf8')).toBe('beta')

    const chunks = await Array.fromAsync(backup.read({ version: 0, path: `${place.source}/a.txt` }))
    expect(Buffer.concat(chunks).toString()).toBe('alpha')
    expect(await backup.verify({ samples: 'all', depth: 'content' })).toMatchObject({
      outcome: 'success',
      defects: []
    })
  })

  test('plan and restore in one call', async () => {
    await using backup = await open()
    await backup.run({ sources: [place.source] })
    expect(await backup.restore({ to: place.path('out'), dryRun: true })).toMatchObject({ dryRun: true })
    expect(existsSync(place.path('out'))).toBe(false)
    expect(await backup.restore({ to: place.path('out') })).toMatchObject({ files: 2 })
  })

  test('by a URL, with the scheme that the caller gives', async () => {
    const backends = [createMemoryScheme()]
    const options = {
      destination: 'memory:job',
      backends,
      encryption: 'none' as const,
      passphrase: undefined
    }
    await using backup = await open({ ...options, keepDestinationOpen: false })
    expect(await backup.run({ sources: [place.source] })).toMatchObject({ outcome: 'success' })
  })

  test('what changes from version to version', async () => {
    await using backup = await open()
    await backup.run({ sources: [place.source], testSamples: 0 })
    place.write('a.txt', 'alpha, longer')
    place.write('c.txt', 'new')
    await backup.run({ sources: [place.source], testSamples: 0 })
    const differences = await Array.fromAsync(backup.compare())
    expect(
      differences.filter(({ after }) => after?.type === 'file').map(({ kind, path }) => [kind, path])
    ).toEqual([
      ['modified', `${place.source}/a.txt`],
      ['added', `${place.source}/c.txt`]
    ])
    expect(await backup.find({ include: ['c.txt'] })).toMatchObject([{ versions: [{ version: 0 }] }])
    expect(await backup.fileVersions({ paths: [`${place.source}/a.txt`] })).toMatchObject([
      { versions: [{ entry: { sizeBytes: 13 } }, { entry: { sizeBytes: 5 } }] }
    ])
    expect(await backup.searchEntries({ text: 'c.t' })).toMatchObject({ total: 1 })
    expect(await backup.folderContent({ folder: `${place.source}/` })).toMatchObject({ total: 3 })
    const volumes = (await names()).filter((name) => name.includes('dblock'))
    expect((await backup.affected({ volumes })).versions).toEqual([0, 1])
  })
})

describe('without a catalog', () => {
  beforeEach(async () => {
    await using backup = await open()
    await backup.run({ sources: [place.source] })
  })

  test('reading works from the destination alone, tells how much it fetches, and leaves nothing', async () => {
    rmSync(place.catalogPath)
    const before = readdirSync(place.folder)
    const events: BackupEvent[] = []
    await using backup = await open({ onEvent: (event) => events.push(event) })
    expect(backup.isNew).toBe(false)
    const [versions, found] = await Promise.all([
      Array.fromAsync(backup.versions()),
      backup.find({ include: ['a.txt'] })
    ])
    expect([versions.length, found.length]).toEqual([1, 1])
    expect(events.filter(({ type }) => type === 'recreate-start')).toEqual([
      { type: 'recreate-start', volumes: 2, bytes: expect.any(Number) }
    ])
    expect(readdirSync(place.folder)).toEqual(before)
  })
  test('a temporary one is used when it is asked for', async () => {
    await using other = await open()
    await using backup = await open({ temporaryCatalog: true, catalogPath: undefined })
    expect(await Array.fromAsync(backup.versions())).toHaveLength(1)
    expect(backup.catalogPath).toBeUndefined()
    expect(other.catalogPath).toBe(place.catalogPath)
  })
  test('one that another has overtaken is brought up to date before it is read', async () => {
    const other = place.path('other.sqlite')
    {
      await using backup = await open({ catalogPath: other })
      place.write('a.txt', 'alpha, longer')
      await backup.run({ sources: [place.source] })
    }
    {
      await using backup = await open()
      expect(await Array.fromAsync(backup.versions())).toHaveLength(2)
      await backup.restore({ to: place.path('out') })
      expect(readFileSync(place.path('out/a.txt'), 'utf8')).toBe('alpha, longer')
    }
    await using backup = await open()
    const events: BackupEvent[] = []
    await Array.fromAsync(backup.versions({ onEvent: (event) => events.push(event) }))
    expect(events).toEqual([])
  })
  test('one that is empty, of a destination that is empty: there is no backup', async () => {
    await using backup = await openBackup({
      destination: place.path('new'),
      encryption: 'none',
      catalogPath: place.path('new.sqlite')
    })
    await expect(backup.run({ sources: [place.path('missing')] })).rejects.toMatchObject({
      code: 'SOURCE_NONE'
    })
    await expect(Array.fromAsync(backup.versions())).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
    await expect(backup.verify()).rejects.toMatchObject({ code: 'BACKUP_NOT_FOUND' })
  })
  test('a run makes one that stays, and stores nothing again', async () => {
    rmSync(place.catalogPath)
    const before = await names()
    await using backup = await open()
    expect(await backup.run({ sources: [place.source] })).toMatchObject({
      version: undefined,
      hasChanges: false
    })
    expect(await names()).toEqual(before)
    expect(existsSync(place.catalogPath)).toBe(true)
  })
  test('repair makes it, and plans that first', async () => {
    await using current = await open()
    expect(await current.planRepair()).toMatchObject({
      catalog: 'current',
      volumesToFetch: [],
      destination: { actions: [], endsBackup: false, openVolumes: 0 }
    })
    await current[Symbol.asyncDispose]()
    rmSync(place.catalogPath)
    await using backup = await open()
    const plan = await backup.planRepair()
    expect(plan).toMatchObject({ catalog: 'missing', destination: undefined })
    expect(plan.volumesToFetch).toHaveLength(2)
    expect(await backup.repair()).toMatchObject({
      outcome: 'success',
      versions: 1,
      fetchedVolumes: 2,
      fetchedDblocks: 0
    })
    expect(await backup.planRepair()).toMatchObject({ catalog: 'current' })
  })
})

describe('a passphrase', () => {
  test('is asked for only when one is needed', async () => {
    const needs: boolean[] = []
    const passphrase = ({ isNew }: { isNew: boolean }) => {
      needs.push(isNew)
      return new Secret('hunter2')
    }
    {
      await using backup = await open({ passphrase })
      expect(needs).toEqual([])
      await backup.run({ sources: [place.source], dryRun: true })
      await backup.run({ sources: [place.source] })
    }
    expect(needs).toEqual([true])
    await using _again = await open({ passphrase })
    expect(needs).toEqual([true, false])
  })
  test('is not needed for a plain destination', async () => {
    {
      await using backup = await open({ encryption: 'none' })
      await backup.run({ sources: [place.source] })
      expect((await names()).every((name) => name.endsWith('.zip'))).toBe(true)
    }
    await using again = await open({ passphrase: () => Promise.reject(new Error('asked')) })
    expect(await Array.fromAsync(again.versions())).toHaveLength(1)
  })
})

test('a closed backup says so, and closing twice is allowed', async () => {
  const backup = await open({ keepDestinationOpen: false })
  await backup[Symbol.asyncDispose]()
  await backup[Symbol.asyncDispose]()
  await expect(backup.run({ sources: [place.source] })).rejects.toMatchObject({ code: 'BACKUP_CLOSED' })
  await expect(Array.fromAsync(backup.versions())).rejects.toMatchObject({ code: 'BACKUP_CLOSED' })
  await expect(store.stat('x')).rejects.toMatchObject({ code: 'STORAGE_CLOSED' })
})

describe('the first run of all, when it is aborted', () => {
  beforeEach(async () => {
    await using backup = await open()
    const reason = new Error('enough')
    const controller = new AbortController()
    const run = backup.run({
      sources: [place.source],
      signal: controller.signal,
      onEvent: ({ type }) => type === 'volume-end' && controller.abort(reason)
    })
    await expect(run).rejects.toBe(reason)
    expect((await names()).filter((name) => name.includes('dblock'))).toHaveLength(1)
    expect((await names()).filter((name) => name.includes('dlist'))).toEqual([])
  })

  test.each([
    ['the next one goes on', () => {}],
    ['the next one goes on without its catalog', () => rmSync(place.catalogPath)]
  ])('%s', async (_what, before) => {
    before()
    {
      await using backup = await open()
      const result = await backup.run({ sources: [place.source] })
      expect(result.outcome).toMatch(/success|warning/)
      expect(await backup.restore({ to: place.path('out') })).toMatchObject({ files: 2 })
      expect(readFileSync(place.path('out/a.txt'), 'utf8')).toBe('alpha')
    }
    rmSync(place.catalogPath)
    await using again = await open()
    expect(await again.verify({ samples: 'all' })).toMatchObject({ outcome: 'success' })
  })

  test('there is nothing to read yet', async () => {
    rmSync(place.catalogPath)
    await using backup = await open()
    await expect(Array.fromAsync(backup.versions())).rejects.toMatchObject({ code: 'RECREATE_NO_BACKUP' })
  })
})
