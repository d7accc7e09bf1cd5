import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { systemClock } from '@tercet/interface'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenBackupOptions, openBackup, type RunOptions } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

const DAY = 86_400_000
let place: Workplace
let store: MemoryBackend
let now: number
beforeEach(() => {
  place = new Workplace()
  now = Date.UTC(2025, 0, 1)
  store = createMemoryBackend({ clock })
})
afterEach(() => place[Symbol.dispose]())

/** A time of day that only the test moves. */
const clock = { ...systemClock, now: () => now }

const open = (more: Partial<OpenBackupOptions> = {}) =>
  openBackup({
    destination: store,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retryDelayMs: 0,
    clock,
    ...more
  })
const run = async (more: Partial<OpenBackupOptions> = {}, options: Partial<RunOptions> = {}) => {
  await using backup = await open(more)
  return await backup.run({ sources: [place.source], testSamples: 0, ...options })
}
const names = async () => (await Array.fromAsync(store.list())).map(({ path }) => path)
const locks = async () =>
  new Map(
    await Promise.all(
      (await names()).map(async (name) => [name, (await store.getLock(name))?.getTime()] as const)
    )
  )

describe('locks that are set by hand', () => {
  test('are those of a version or of all, are read again, and are not shortened', async () => {
    for (const text of ['one', 'two']) {
      place.write('a.txt', text)
      await run()
      now += DAY
    }
    await using backup = await open({ lockDurationMs: 3 * DAY })
    expect((await backup.readLocks()).every(({ lockedUntil }) => lockedUntil === undefined)).toBe(true)
    const newest = await backup.setLocks()
    expect(newest).toMatchObject({ outcome: 'success', extended: newest.volumes })
    const locked = (await backup.readLocks()).filter(
      ({ lockedUntil }) => lockedUntil?.getTime() === now + 3 * DAY
    )
    expect(locked).toHaveLength(newest.volumes)
    expect(locked.filter(({ type }) => type === 'dlist')).toHaveLength(1)
    const all = await backup.setLocks({ allVersions: true, durationMs: 2 * DAY })
    expect(all.volumes).toBe((await names()).length)
    expect(all.extended).toBe(all.volumes - newest.volumes)
    expect(await backup.setLocks({ version: 1, durationMs: DAY })).toMatchObject({ extended: 0 })
  })

  test('need a version, a duration, and a store that has locks', async () => {
    place.write('a.txt', 'one')
    await run()
    await using backup = await open()
    await expect(backup.setLocks()).rejects.toMatchObject({ code: 'CONFIG_MISSING' })
    await expect(backup.setLocks({ durationMs: 10 })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
    await expect(backup.setLocks({ durationMs: DAY, version: 7 })).rejects.toMatchObject({
      code: 'CATALOG_NO_SUCH_VERSION'
    })
    store = createMemoryBackend({ clock, capabilities: { objectLock: false } })
    const other = { catalogPath: place.path('other.sqlite') }
    await run(other)
    await using plain = await open(other)
    await expect(plain.setLocks({ durationMs: DAY })).rejects.toMatchObject({ code: 'STORAGE_UNSUPPORTED' })
    await expect(plain.readLocks()).rejects.toMatchObject({ code: 'STORAGE_UNSUPPORTED' })
  })
})

describe('a lease', () => {
  test('is there while a backup runs, and keeps a second one out', async () => {
    let second: Promise<unknown> | undefined
    const result = await run(
      { lease: true },
      {
        onVolumeStored: async () => {
          second ??= run({ lease: true, catalogPath: place.path('other.sqlite') })
          await second.catch(() => {})
        }
      }
    )
    expect(result).toMatchObject({ outcome: 'success', issues: [] })
    await expect(second).rejects.toMatchObject({ code: 'LEASE_HELD' })
    // It was given back, and no volume is taken for it or the other way round.
    expect(await run({ lease: true })).toMatchObject({ outcome: 'success', hasChanges: false })
    await using backup = await open()
    expect(await backup.verify({ samples: 'all' })).toMatchObject({ outcome: 'success' })
  })

  test('that is broken ends the backup before its next write', async () => {
    place.write(
      'large',
      Buffer.alloc(3_000_000, 7).map((_, index) => (index * index) % 251)
    )
    let isBroken = false
    const first = run(
      { lease: true },
      {
        volumeSizeBytes: 1024 * 1024,
        blockSizeBytes: 1024,
        onVolumeStored: async () => {
          if (isBroken) return
          isBroken = true
          await run({ lease: true, breakLease: true, catalogPath: place.path('other.sqlite') })
          now += 10 * 60_000
        }
      }
    )
    await expect(first).rejects.toMatchObject({ code: 'LEASE_LOST' })
    await using backup = await open({ catalogPath: place.path('other.sqlite') })
    expect(await Array.fromAsync(backup.versions())).toHaveLength(1)
  })

  test('where the store cannot have one, that is told, and the work is done', async () => {
    store = createMemoryBackend({ clock, capabilities: { conditionalPut: false } })
    expect(await run({ lease: true })).toMatchObject({
      outcome: 'warning',
      issues: [{ code: 'LEASE_UNSUPPORTED' }],
      issueCount: 1
    })
    expect(await run()).toMatchObject({ outcome: 'success', issues: [] })
    expect((await names()).filter((name) => name.includes('lease'))).toEqual([])
  })

  test('is not taken for a dry run, but to delete, to compact and to repair', async () => {
    await run()
    const before = await names()
    await run({ lease: true }, { dryRun: true })
    expect(await names()).toEqual(before)
    await using backup = await open({ lease: true })
    for (const work of [
      () => backup.delete({ keepVersions: 5 }),
      () => backup.compact(),
      () => backup.repair()
    ]) {
      const numbers = (await names()).filter((name) => name.includes('lease')).length
      await work()
      expect((await names()).filter((name) => name.includes('lease')).length).toBeGreaterThan(
        numbers === 0 ? 0 : 1
      )
    }
  })
})

describe('object locks', () => {
  test('come with the put of each volume, and of nothing else', async () => {
    const result = await run({ lockDurationMs: 30 * DAY, lease: true })
    expect(result.locks).toMatchObject({ volumes: 3, extended: 0 })
    for (const [name, until] of await locks())
      expect(until, name).toBe(name.includes('lease') ? undefined : now + 30 * DAY)
  })

  test('are extended by each run, also by one without a change, for what the newest version needs', async () => {
    await run({ lockDurationMs: 30 * DAY })
    now += DAY
    place.write('a.txt', 'changed')
    await run({ lockDurationMs: 30 * DAY })
    now += DAY
    const result = await run({ lockDurationMs: 30 * DAY })
    expect(result).toMatchObject({ outcome: 'success', hasChanges: false })
    const ends = [...(await locks())].map(([name, until]) => [name.includes('.dlist.'), (until ?? 0) - now])
    // The list of the version before is not needed any more.
    expect(ends.filter(([, left]) => left === 30 * DAY)).toHaveLength(5)
    expect(ends.filter(([, left]) => left !== 30 * DAY)).toEqual([[true, 28 * DAY]])
    expect(result.locks?.extended).toBe(5)
  })

  test('keep what is locked from every way to delete', async () => {
    await run({ lockDurationMs: 30 * DAY })
    now += DAY
    place.write('a.txt', 'changed')
    await run()
    const before = await names()
    {
      await using backup = await open()
      expect(await backup.delete({ keepVersions: 1 })).toMatchObject({
        deleted: [],
        issues: [{ code: 'DELETE_VERSION_LOCKED' }]
      })
    }
    expect(await names()).toEqual(before)
    now += 30 * DAY
    await using later = await open()
    expect(await later.delete({ keepVersions: 1 })).toMatchObject({ deleted: [{ number: 1 }] })
  })

  test('where the store has none, that is told, and the work is done', async () => {
    store = createMemoryBackend({ clock, capabilities: { objectLock: false } })
    expect(await run({ lockDurationMs: DAY })).toMatchObject({
      outcome: 'warning',
      issues: [{ code: 'LOCK_UNSUPPORTED' }],
      locks: undefined
    })
  })

  test('shorter than five seconds are refused', async () => {
    await expect(open({ lockDurationMs: 4999 })).rejects.toMatchObject({ code: 'CONFIG_INVALID_VALUE' })
  })
})

describe('room that is left', () => {
  const usedBytes = async () => {
    let bytes = 0
    for await (const { sizeBytes } of store.list()) bytes += sizeBytes ?? 0
    return bytes
  }
  const codes = (result: { issues: readonly { code: string }[] }) => result.issues.map(({ code }) => code)

  test('is warned of when a quota is nearly used up, and by the share that is asked for', async () => {
    await run()
    const storedBytes = await usedBytes()
    expect(codes(await run({}, { quotaBytes: storedBytes * 2 }))).toEqual([])
    const near = await run({}, { quotaBytes: Math.ceil(storedBytes * 1.05) })
    expect([near.outcome, codes(near), near.issueCount]).toEqual(['warning', ['QUOTA_NEAR'], 1])
    expect(codes(await run({}, { quotaBytes: storedBytes * 2, quotaWarningPercent: 100 }))).toEqual([])
    expect(
      codes(await run({}, { quotaBytes: Math.ceil(storedBytes * 1.05), quotaWarningPercent: 1 }))
    ).toEqual([])
    await expect(run({}, { quotaWarningPercent: 101 })).rejects.toMatchObject({
      code: 'CONFIG_INVALID_VALUE'
    })
  })

  test('is asked of the destination, unless that is not wanted', async () => {
    await run()
    const storedBytes = await usedBytes()
    const content = store.snapshot()
    store = createMemoryBackend({ clock, content, capacityBytes: Math.ceil(storedBytes * 1.05) })
    expect(codes(await run())).toEqual(['QUOTA_NEAR'])
    expect(codes(await run({}, { askQuota: false }))).toEqual([])
  })
})
