import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMemoryBackend, type MemoryBackend } from '@tercet/backend-memory'
import { type StorageBackend, StorageError } from '@tercet/interface'
import { metrics } from '@tercet/storage-layers'
import { readMarker } from '@tercet/sync-engine'
import { createFaults, createRandom } from '@tercet/testkit-faults'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type OpenBackupOptions, openBackup, type Replica, type RunResult } from '../src/index.ts'
import { Workplace } from './support/workplace.ts'

let place: Workplace
let primary: MemoryBackend
beforeEach(() => {
  place = new Workplace()
  primary = createMemoryBackend()
})
afterEach(() => place[Symbol.dispose]())

interface Ends {
  readonly stop?: AbortSignal
  readonly signal?: AbortSignal
}

async function run(more: Partial<OpenBackupOptions>, ends: Ends = {}): Promise<RunResult> {
  await using backup = await openBackup({
    destination: primary,
    keepDestinationOpen: true,
    passphrase: 'hunter2',
    catalogPath: place.catalogPath,
    workers: 0,
    retries: 0,
    ...more
  })
  return await backup.run({ sources: [place.source], testSamples: 0, ...ends })
}

async function namesIn(backend: StorageBackend): Promise<string[]> {
  const names: string[] = []
  for await (const { path } of backend.list()) names.push(path)
  return names.sort()
}

/** A replica whose first `put` ends something. */
function ending(nas: StorageBackend, end: () => void): StorageBackend {
  return new Proxy(nas, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        if (key === 'put') end()
        return value.apply(target, args)
      }
    }
  })
}

describe('D22: the phase of replication can be ended', () => {
  test('a stop ends it in good order: the backup is done, the replica is due again, and the next run completes it', async () => {
    const nas = createMemoryBackend()
    const stop = new AbortController()
    const replicas: Replica[] = [{ backend: ending(nas, () => stop.abort(new Error('stopped'))), id: 'nas' }]
    const result = await run({ replicas }, { stop: stop.signal })
    expect(result.version?.isPartial).toBe(false)
    expect(result.replication?.replicas).toMatchObject([
      { id: 'nas', status: 'failed', consecutiveFailures: 1 }
    ])
    expect(await namesIn(nas)).not.toContain(expect.stringContaining('.dlist.'))
    const next = await run({ replicas: [{ backend: nas, id: 'nas' }] })
    expect(next.replication?.replicas).toMatchObject([{ status: 'succeeded', consecutiveFailures: 0 }])
    expect(await namesIn(nas)).toEqual(await namesIn(primary))
  })

  test('an abort rejects with its reason; the version that was made is there, and nothing half at the replica', async () => {
    const nas = createMemoryBackend()
    const abort = new AbortController()
    const reason = new Error('enough')
    const replicas: Replica[] = [{ backend: ending(nas, () => abort.abort(reason)), id: 'nas' }]
    await expect(run({ replicas }, { signal: abort.signal })).rejects.toBe(reason)
    for (const name of await namesIn(nas)) expect(await namesIn(primary)).toContain(name)
    const next = await run({ replicas: [{ backend: nas, id: 'nas' }] })
    expect(next.replication?.replicas).toMatchObject([{ status: 'succeeded' }])
    expect(await namesIn(nas)).toEqual(await namesIn(primary))
  })
})

test('T3: with "marker" one read tells what a replica is a copy of, and how current', async () => {
  const nas = createMemoryBackend()
  const replicas: Replica[] = [{ backend: nas, id: 'nas', options: { marker: true } }]
  await run({ replicas })
  const first = await readMarker(nas)
  expect(first).toMatchObject({ files: (await namesIn(primary)).length })
  place.write('new.txt', 'new')
  await run({ replicas })
  const second = await readMarker(nas)
  expect(second?.sourceId).toBe(first?.sourceId)
  expect(second?.backupId).not.toBe(first?.backupId)
  expect(second?.digest).not.toBe(first?.digest)
  expect((await namesIn(nas)).filter((name) => !name.endsWith('.aes'))).toEqual(['tercet-replica.json'])
})

test('global-options reach both sides, those of one side win there', async () => {
  const opened: Record<string, unknown>[] = []
  const stores = new Map([
    ['odd://primary', primary],
    ['odd://nas', createMemoryBackend()]
  ])
  const scheme = {
    scheme: 'odd',
    open: (url: string, context?: { options?: Readonly<Record<string, string>> }) => {
      opened.push({ url, ...context?.options })
      return ending(stores.get(url)!, () => {})
    }
  }
  const destination = {
    url: 'odd://nas',
    'global-options': ['region=north', 'user=both'],
    'dst-options': ['user=replica']
  }
  const syncConfiguration = { 'sync-options': ['user=primary'], destinations: [destination] }
  await run({ destination: 'odd://primary', backends: [scheme], syncConfiguration })
  expect(opened).toContainEqual({ url: 'odd://nas', region: 'north', user: 'replica' })
  expect(opened).toContainEqual({ url: 'odd://primary', region: 'north', user: 'primary' })
})

describe('volumes that a backup keeps for its replication', () => {
  const cached = (nas: string) => ({
    spoolFolder: place.folder,
    syncConfiguration: {
      'sync-cache-max-size': '1gb',
      destinations: [{ url: nas, 'backend-retries': 1, retry: 0 }]
    }
  })

  test('K2: an upload that is repeated under a new name is found by that name: nothing is fetched, nothing stale copied', async () => {
    const faults = createFaults()
    const lost = () => new StorageError('STORAGE_UNAVAILABLE', 'no answer', { retry: 'may-help' })
    faults.fail('put', { times: 1, error: lost })
    const counts = metrics()
    const result = await run({
      ...cached(place.path('nas')),
      destination: counts(faults.layer(primary)),
      retries: 2,
      retryDelayMs: 0
    })
    expect(result.replication?.replicas).toMatchObject([{ status: 'succeeded' }])
    expect(counts.of('put').failures).toBe(1)
    expect(counts.of('get').calls).toBe(0)
    expect(readdirSync(place.path('nas')).sort()).toEqual(await namesIn(primary))
  })

  test('K5: after a run that was broken off, what is kept is checked and used, and then let go', async () => {
    const faults = createFaults()
    const abort = new AbortController()
    const options = cached(place.path('nas'))
    const destination = faults.layer(primary)
    const fetched = () =>
      faults.calls.filter(({ method, path }) => method === 'get' && path.includes('.dblock.'))
    const before = run(
      {
        ...options,
        destination,
        onEvent: (event) => {
          if (event.type === 'sync-list') abort.abort(new Error('killed'))
        }
      },
      { signal: abort.signal }
    )
    await expect(before).rejects.toThrow('killed')
    const kept = readdirSync(place.folder).find((name) => name.includes('sync-cache'))!
    expect(readdirSync(join(place.folder, kept)).length).toBeGreaterThan(0)
    const next = await run({ ...options, destination })
    expect(next.replication?.replicas).toMatchObject([{ status: 'succeeded' }])
    expect(fetched()).toEqual([])
    expect(readdirSync(join(place.folder, kept))).toEqual([])
    for (const name of await namesIn(primary)) {
      const [wanted] = await Array.fromAsync(primary.get(name))
      expect(readFileSync(join(place.path('nas'), name)).subarray(0, 64)).toEqual(
        Buffer.from(wanted!.subarray(0, 64))
      )
    }
  })
})

describe('T6: a replica is tested after it was made equal', () => {
  const tested = (backend: StorageBackend): Replica[] => [
    { backend, id: 'nas', options: { 'test-files': 99 } }
  ]

  test('T6: what is right passes, looked into with the passphrase', async () => {
    const faults = createFaults()
    const result = await run({ replicas: tested(faults.layer(createMemoryBackend())) })
    expect(result.replication?.replicas).toMatchObject([{ status: 'succeeded', issues: [] }])
    const read = faults.calls.filter(({ method }) => method === 'get').map(({ path }) => path)
    expect(read.toSorted()).toEqual(await namesIn(primary))
  })

  test('T6: a place that gives other bytes than it took is told of', async () => {
    const faults = createFaults()
    faults.damage({ nth: 1, times: 1 })
    const result = await run({ replicas: tested(faults.layer(createMemoryBackend())) })
    expect(result.replication?.replicas).toMatchObject([
      { status: 'partial', code: 'SYNC_TEST_FAILED', issues: [{ code: 'SYNC_TEST_FAILED' }] }
    ])
  })
})

describe('where a replica has no room for everything', () => {
  test('interleaved: what no version needs goes first, as the replica itself tells, and each version stays whole', async () => {
    const data = createRandom(6)
    const nas = createMemoryBackend({ name: 'nas' })
    // What stays the same is in the volume of the first; each of the others has one of its own.
    for (const [name, bytes] of [
      ['first', 10],
      ['second', 60_000],
      ['third', 60_000]
    ] as const) {
      place.write('data.bin', data.bytes(bytes))
      place.write('name.txt', name)
      await run({ replicas: [{ backend: nas, id: 'nas' }] })
    }
    place.write('data.bin', data.bytes(60_000))
    await run({})
    await using backup = await openBackup({
      destination: primary,
      keepDestinationOpen: true,
      passphrase: 'hunter2',
      catalogPath: place.catalogPath,
      workers: 0
    })
    await backup.delete({ versions: [2] })
    await backup[Symbol.asyncDispose]()
    const before = new Set(await namesIn(primary))
    expect((await namesIn(nas)).filter((name) => !before.has(name)).length).toBeGreaterThanOrEqual(3)

    const small = createMemoryBackend({
      name: 'nas',
      content: nas.snapshot(),
      capacityBytes: (await sizeOf(nas)) + 40_000
    })
    const states: string[][] = []
    const watched = after(small, async () => {
      states.push(await namesIn(small))
    })
    place.write('name.txt', 'fourth')
    const result = await run({ replicas: [{ backend: watched, id: 'nas' }] })
    expect(result.replication?.replicas).toMatchObject([{ status: 'succeeded', issues: [] }])
    expect(await namesIn(small)).toEqual(await namesIn(primary))
    // The newest version that the replica had stays whole until one that is newer is.
    const lists = states.map((names) => names.filter((name) => name.includes('.dlist.')).length)
    expect(Math.min(...lists)).toBeGreaterThanOrEqual(1)
    await using copy = await openBackup({
      destination: small,
      keepDestinationOpen: true,
      passphrase: 'hunter2'
    })
    const restored = await copy.restore({ to: place.path('restored') })
    expect(restored.outcome).toBe('success')
  })
})

async function sizeOf(backend: StorageBackend): Promise<number> {
  let bytes = 0
  for await (const { sizeBytes = 0 } of backend.list()) bytes += sizeBytes
  return bytes
}

/** Told after each change. */
function after(inner: StorageBackend, told: () => Promise<void>): StorageBackend {
  return new Proxy(inner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      if (key !== 'put' && key !== 'delete' && key !== 'deleteMany') return value.bind(target)
      return async (...args: unknown[]) => {
        const result = await Reflect.apply(value, target, args)
        await told()
        return result
      }
    }
  })
}
