import { mkdirSync } from 'node:fs'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { type StorageBackend, StorageError, systemClock } from '@tercet/interface'
import { ForwardingBackend, readOnly } from '@tercet/storage-layers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenBackupOptions, openBackup } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let store: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  store = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

const open = (more: Partial<OpenBackupOptions> = {}) =>
  openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retries: 1,
    retryDelayMs: 0,
    ...more
  })

/** Has room for a number of objects, then for no more. */
class FullBackend extends ForwardingBackend {
  room: number

  constructor(inner: StorageBackend, room: number) {
    super(inner)
    this.room = room
  }

  override async put(...args: Parameters<StorageBackend['put']>) {
    if (this.room-- > 0) return await this.inner.put(...args)
    throw new StorageError('STORAGE_FULL', `${this.displayName} is full`)
  }
}

describe('options are looked at before anything else', () => {
  const untouched: StorageBackend = new Proxy(createMemoryBackend(), {
    get(target, key) {
      if (key === 'list') return Object.assign(() => expect.unreachable('The destination was listed'), {})
      return Reflect.get(target, key)
    }
  })

  test.each<[Record<string, unknown>, string]>([
    [{ passphrse: 'x' }, 'CONFIG_UNKNOWN_KEY'],
    [{ prefix: 'a-b' }, 'CONFIG_CONFLICT'],
    [{ retries: -1 }, 'CONFIG_INVALID_VALUE'],
    [{ encryption: 'rot13' }, 'CONFIG_INVALID_VALUE'],
    [{ aesVersion: 1 }, 'CONFIG_INVALID_VALUE'],
    [{ timeoutMs: '10m' }, 'CONFIG_INVALID_VALUE'],
    [{ temporaryCatalog: true, catalogPath: '/x' }, 'CONFIG_CONFLICT'],
    [{ destination: undefined }, 'CONFIG_MISSING']
  ])('of openBackup: %j', async (options, code) => {
    const given = { destination: untouched, ...options } as unknown as OpenBackupOptions
    await expect(openBackup(given)).rejects.toMatchObject({ code })
  })
  test('of operations, which make no catalog for them', async () => {
    await using backup = await open()
    const run = (options: Record<string, unknown>) =>
      backup.run({ sources: [place.source], ...options } as never)
    await expect(run({ volumSizeBytes: 1 })).rejects.toThrow(/did you mean "volumeSizeBytes"/)
    await expect(run({ testSamples: -1 })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    await expect(run({ exclude: ['[(]'] })).rejects.toMatchObject({ code: 'FILTER_INVALID' })
    await expect(run({ prefix: 'x' })).rejects.toMatchObject({ code: 'CONFIG_UNKNOWN_KEY' })
    await expect(backup.verify({ samples: 0.5 })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    await expect(backup.planRestore({ filters: ['+[(]'] })).rejects.toMatchObject({ code: 'FILTER_INVALID' })
    await expect(backup.planRestore({ to: '/a', toFile: '/b' })).rejects.toMatchObject({
      code: 'CONFIG_CONFLICT'
    })
    await expect(run({ sources: [] })).rejects.toMatchObject({ code: 'CONFIG_MISSING' })
    expect(() => mkdirSync(place.catalogPath)).not.toThrow()
  })
  test('wrong types of arguments', async () => {
    await expect(openBackup(undefined as never)).rejects.toThrow(TypeError)
    await expect(openBackup({ destination: 5 as never })).rejects.toThrow(TypeError)
  })
})

describe('a destination', () => {
  test('that can only be read: it can be listed, and a run is refused', async () => {
    {
      await using backup = await open()
      await backup.run({ sources: [place.source] })
    }
    place.write('new.txt', 'new')
    await using backup = await open({ destination: readOnly()(store) })
    await expect(backup.run({ sources: [place.source] })).rejects.toMatchObject({ code: 'STORAGE_READ_ONLY' })
    expect(await Array.fromAsync(backup.versions())).toHaveLength(1)
    expect(await backup.restore({ to: place.path('out') })).toMatchObject({ outcome: 'success', files: 2 })
  })

  test('that is full: nothing is lost, and the next run goes on', async () => {
    {
      await using backup = await open()
      await backup.run({ sources: [place.source] })
    }
    place.write('new.txt', 'new')
    const full = new FullBackend(store, 1)
    {
      await using backup = await open({ destination: full })
      await expect(backup.run({ sources: [place.source] })).rejects.toMatchObject({ code: 'STORAGE_FULL' })
      expect(await backup.restore({ to: place.path('out'), version: 0 })).toMatchObject({ files: 2 })
    }
    await using backup = await open()
    const next = await backup.run({ sources: [place.source] })
    expect(next.outcome).not.toBe('error')
    expect(await backup.verify({ samples: 'all' })).toMatchObject({ defects: [] })
    expect(await backup.restore({ to: place.path('out2') })).toMatchObject({ files: 3 })
  })

  test('whose clock was ahead: the new version is the newest all the same, with a warning', async () => {
    const at = (now: number) => ({ clock: { ...systemClock, now: () => now } })
    {
      await using backup = await open(at(Date.UTC(2030, 0, 1)))
      await backup.run({ sources: [place.source] })
    }
    place.write('new.txt', 'new')
    await using backup = await open(at(Date.UTC(2029, 0, 1)))
    const result = await backup.run({ sources: [place.source] })
    expect(result).toMatchObject({ outcome: 'warning', issues: [{ code: 'BACKUP_CLOCK_BEHIND' }] })
    const [newest] = await Array.fromAsync(backup.versions())
    expect(newest).toMatchObject({ number: 0, files: 3 })
  })
})

test('two runs at once are refused by the catalog, and reading goes on', async () => {
  await using first = await open()
  await first.run({ sources: [place.source] })
  await using second = await open()
  await expect(second.run({ sources: [place.source] })).rejects.toMatchObject({
    code: 'CATALOG_LOCKED',
    message: expect.stringContaining(place.catalogPath)
  })
  expect(await Array.fromAsync(second.versions())).toHaveLength(1)
  expect(await second.restore({ to: place.path('out') })).toMatchObject({ files: 2 })
})

test('a wrong passphrase is found out when the backup is opened', async () => {
  {
    await using backup = await open()
    await backup.run({ sources: [place.source] })
  }
  const error = await open({ passphrase: 'hunter3' }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ENGINE_PASSPHRASE_WRONG' })
  expect(String(error) + JSON.stringify(error)).not.toContain('hunter')
  await expect(open({ passphrase: undefined })).rejects.toMatchObject({ code: 'ENGINE_PASSPHRASE_MISSING' })
})
