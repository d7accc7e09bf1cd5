import { rmSync } from 'node:fs'
import { createFileBackend } from '@tercet/backend-file'
import { openCatalog } from '@tercet/core'
import { readOnly } from '@tercet/storage-layers'
import { createFaults, createRandom } from '@tercet/testkit-faults'
import { describe, expect, it } from 'vitest'
import type { BackupOptions } from '../../src/backup/backup-options.ts'
import { recreateCatalog } from '../../src/recreate/recreate-catalog.ts'
import { type BackupWorld, createBackupWorld } from '../support/backup-world.ts'

const rejection = async (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  await work.then(
    () => {
      throw new Error('It was expected to be refused')
    },
    (error: { code: string; message: string }) => error
  )

async function afterOne(world: BackupWorld): Promise<string[]> {
  world.write('file', 'content')
  await world.backUp()
  world.write('file', 'changed content')
  return world.volumes()
}

describe('a destination that another backup fixed', () => {
  it.each<[string, Partial<BackupOptions>, string]>([
    ['block size', { blockSizeBytes: 2048 }, '2048'],
    ['block hash', { blockHash: 'SHA512' }, 'SHA512'],
    ['file hash', { fileHash: 'MD5' }, 'MD5'],
    ['prefix', { prefix: 'other' }, 'other']
  ])('refuses another %s and names both values', async (_what, options, given) => {
    await using world = await createBackupWorld()
    const volumes = await afterOne(world)
    const error = await rejection(world.backUp(options))
    expect(error.code).toBe('BACKUP_PARAMETER_CHANGED')
    expect(error.message).toContain(given)
    expect(await world.volumes()).toEqual(volumes)
  })

  it('takes another volume size, compression and index policy', async () => {
    await using world = await createBackupWorld()
    await afterOne(world)
    const options = {
      volumeSizeBytes: 2 ** 21,
      compression: { method: 'deflate' },
      indexPolicy: 'none'
    } as const
    expect((await world.backUp(options)).outcome).toBe('success')
    expect(await world.differences(0, await world.tree())).toEqual([])
  })

  it('refuses a wrong passphrase, a missing one and one too many, before anything is written', async () => {
    await using world = await createBackupWorld({ passphrase: 'right' })
    const volumes = await afterOne(world)
    const wrong = await world.reopen({ passphrase: 'wrong' })
    const error = await rejection(wrong.backUp())
    expect(error.code).toBe('BACKUP_PASSPHRASE_WRONG')
    expect(error.message).not.toContain('wrong with')
    const none = await wrong.reopen({ passphrase: undefined })
    expect((await rejection(none.backUp())).code).toBe('BACKUP_PASSPHRASE_MISSING')
    expect(await none.volumes()).toEqual(volumes)
    const right = await none.reopen({ passphrase: 'right' })
    expect((await right.backUp()).outcome).toBe('success')
    await using plain = await createBackupWorld()
    await afterOne(plain)
    const extra = await plain.reopen({ passphrase: 'extra' })
    expect((await rejection(extra.backUp())).code).toBe('BACKUP_PASSPHRASE_UNEXPECTED')
    right.catalog.close()
    extra.catalog.close()
  })
})

describe('a catalog that is not that of the destination', () => {
  it('is refused when it is empty, and says what to do', async () => {
    await using world = await createBackupWorld()
    const volumes = await afterOne(world)
    const catalog = await openCatalog({ path: undefined })
    const { backup } = await import('../../src/backup/backup.ts')
    const error = await rejection(backup({ ...world.context, catalog }, { sources: [world.source] }))
    expect(error.code).toBe('BACKUP_CATALOG_OUTDATED')
    expect(error.message).toMatch(/[Rr]epair/)
    expect(await world.volumes()).toEqual(volumes)
    catalog.close()
  })

  it('is refused when another catalog has stored a version since', async () => {
    await using world = await createBackupWorld()
    await afterOne(world)
    const foreign = 'duplicati-20250302T000000Z.dlist.zip'
    const { bytesSource } = await import('@tercet/interface')
    await createFileBackend({ path: world.destination }).put(foreign, bytesSource(new Uint8Array(3)))
    const error = await rejection(world.backUp())
    expect(error.code).toBe('BACKUP_CATALOG_OUTDATED')
    expect(error.message).toContain(foreign)
  })

  it('is refused while it is not wholly recreated', async () => {
    await using world = await createBackupWorld()
    await afterOne(world)
    world.catalog.settings.set('recreate-state', 'running')
    expect((await rejection(world.backUp())).code).toBe('BACKUP_CATALOG_UNFINISHED')
  })
})

describe('a destination that is not well', () => {
  it('is refused when a volume is missing, unless told not to look', async () => {
    await using world = await createBackupWorld()
    const volumes = await afterOne(world)
    const gone = volumes.find((name) => name.includes('.dblock.'))!
    rmSync(`${world.destination}/${gone}`)
    const error = await rejection(world.backUp())
    expect(error.code).toBe('BACKUP_VOLUMES_MISSING')
    expect(error.message).toContain(gone)
    expect((await world.backUp({ verifyListing: false })).outcome).toBe('success')
  })

  it.each([
    ['the dblock alone', /\.dblock\./],
    ['the dindex alone', /\.dindex\./],
    ['everything', /./]
  ])('is no hindrance when it lost what an interrupted first run had left: %s', async (_, lost) => {
    const faults = createFaults().fail('put', { match: /\.dlist\./, error: 'STORAGE_FULL' })
    await using world = await createBackupWorld({ layer: faults.layer })
    world.write('file', createRandom(5).bytes(9000))
    expect((await rejection(world.backUp())).code).toBe('STORAGE_FULL')
    const stored = await world.volumes()
    expect(stored.length).toBeGreaterThan(1)
    for (const name of stored) if (lost.test(name)) rmSync(`${world.destination}/${name}`)
    expect((await world.backUp()).outcome).toMatch(/success|warning/)
    expect(await world.differencesFromDestination(0, await world.tree())).toEqual([])
    expect(await world.backUp()).toMatchObject({ outcome: 'success', version: undefined })
    await world.checkFormat()
  })

  it('is made when its folder does not exist', async () => {
    await using world = await createBackupWorld()
    rmSync(world.destination, { recursive: true })
    world.write('file', 'content')
    expect(await world.backUp()).toMatchObject({ outcome: 'success', isNewDestination: true })
  })

  it('says so when it is read-only', async () => {
    await using world = await createBackupWorld({ layer: readOnly() })
    world.write('file', 'content')
    const error = await rejection(world.backUp({ retries: 0 }))
    expect(error.code).toBe('STORAGE_READ_ONLY')
  })
})

describe('sources and options that make no sense', () => {
  it.each<[string, Partial<BackupOptions>, string]>([
    ['an unknown setting', { blocksize: 5 } as never, 'CONFIG_UNKNOWN_KEY'],
    ['a filter that cannot be', { exclude: ['[('] }, 'FILTER_INVALID'],
    [
      'volumes smaller than two blocks',
      { blockSizeBytes: 2 ** 21, volumeSizeBytes: 2 ** 21 },
      'CONFIG_CONFLICT'
    ],
    ['a list that is not there', { changedFiles: { listFile: '/nowhere/list' } }, 'BACKUP_LIST_UNREADABLE']
  ])('refuses %s and leaves no volume', async (_what, options, code) => {
    await using world = await createBackupWorld()
    world.write('file', 'content')
    expect((await rejection(world.backUp(options))).code).toBe(code)
    expect(await world.volumes()).toEqual([])
  })

  it('refuses when no source exists', async () => {
    await using world = await createBackupWorld()
    const sources = [world.path('missing')]
    expect((await rejection(world.backUp({ sources }))).code).toBe('SOURCE_NONE')
  })

  it('refuses a missing source when told to', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'content')
    const sources = [world.path('file'), world.path('missing')]
    expect((await rejection(world.backUp({ sources, missingSources: 'error' }))).code).toBe('SOURCE_MISSING')
    expect((await world.backUp({ sources, missingSources: 'allow' })).outcome).toBe('success')
  })
})

describe('the clock', () => {
  it('may jump back: the new version is the newest all the same, and never of the future', async () => {
    await using world = await createBackupWorld()
    await afterOne(world)
    world.clock.jump(-3_600_000)
    const result = await world.backUp()
    expect(result.issues.map(({ code }) => code)).toEqual(['BACKUP_CLOCK_BEHIND'])
    expect(result.version!.time < '2025-03-01T12:00').toBe(true)
    expect(await world.differences(0, await world.tree())).toEqual([])
  })

  it('orders versions by their labels in a catalog that is made anew, as the destination says no more', async () => {
    await using world = await createBackupWorld()
    world.write('file', 'first')
    await world.backUp()
    const first = await world.tree()
    world.clock.jump(-3_600_000)
    world.write('file', 'second')
    await world.backUp()
    const second = await world.tree()
    expect(await world.differences(0, second)).toEqual([])

    for (const end of ['', '-wal', '-shm']) rmSync(`${world.catalogPath}${end}`, { force: true })
    const anew = await world.reopen()
    await recreateCatalog(anew.context)
    expect(await anew.differences(0, first)).toEqual([])
    expect(await anew.differences(1, second)).toEqual([])
    // Whichever passes for the newest, the next version is what is there now.
    anew.write('file', 'third')
    expect((await anew.backUp()).outcome).toBe('warning')
    expect(await anew.differences(0, await anew.tree())).toEqual([])
    anew.catalog.close()
  })

  it('gives versions within one second labels of their own, and publishes none early', async () => {
    await using world = await createBackupWorld()
    world.write('file', '0')
    const times = new Set<string>()
    for (let index = 1; index <= 3; index++) {
      world.write('file', `${index}`)
      world.clock.jump(-1000)
      const { version } = await world.backUp()
      times.add(version!.time)
      expect(Date.parse(version!.time)).toBeLessThanOrEqual(world.clock.now())
    }
    expect(times.size).toBe(3)
  })
})
