import { createHash } from 'node:crypto'
import { createMemoryBackend } from '@tercet/backend-memory'
import { bytesSource, type StorageBackend, StorageError } from '@tercet/interface'
import { describe, expect, test } from 'vitest'
import { type LedgerEntry, MARKER_NAME, planSync, readMarker, type SyncEvent } from '../src/index.ts'
import {
  altered,
  backupOf,
  calls,
  contentOf,
  dblock,
  dlist,
  fill,
  makeWorld,
  named,
  type Place,
  type World
} from './places.ts'
import { sync } from './run.ts'

const ALWAYS = 1_000_000
const first = (world: World) => world.replicas[0] as Place

describe('reports', () => {
  test('T3: the marker is written last, and one request tells whether a replica is current', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(2))
    expect(await readMarker(first(world).backend)).toBeUndefined()
    const marker = { sourceId: 'laptop', backupId: 'run 7' }
    const plan = await planSync({ primary: world.primary.backend, replicas: named(world) })
    await sync(world, { marker })
    expect(first(world).faults.calls.at(-1)).toEqual({ method: 'put', path: MARKER_NAME })
    const before = first(world).faults.calls.length
    expect(await readMarker(first(world).backend)).toMatchObject({
      ...marker,
      files: 6,
      digest: plan.primary.digest
    })
    expect(first(world).faults.calls.length - before).toBe(1)
  })

  test('T3: a replica that is not complete is not marked', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(2))
    first(world).faults.fail('put', { match: dblock(1), times: ALWAYS })
    await sync(world, { marker: { sourceId: 'laptop' }, retry: 0 })
    expect(Object.keys(contentOf(first(world).store))).not.toContain(MARKER_NAME)
  })

  test('progress is told at most five times a second, with a last one for each replica', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(40))
    for (const { faults } of world.replicas) faults.delay('put', { milliseconds: 30, times: ALWAYS })
    const moments: number[] = []
    const events: SyncEvent[] = []
    const onEvent = (event: SyncEvent) => {
      events.push(event)
      if (event.type === 'sync-progress') moments.push(world.clock.monotonic())
    }
    await sync(world, { execute: { onEvent } })
    const seconds = (moments.at(-1) as number) / 1000
    expect(moments.length).toBeLessThanOrEqual(seconds * 5 + 4)
    expect(moments.length).toBeGreaterThan(3)
    const last = events.filter((event) => event.type === 'sync-progress').at(-1)
    expect(last?.replicas).toMatchObject([
      { id: 'a', state: 'done', files: 120, totalFiles: 120 },
      { id: 'b', state: 'done', files: 120, totalFiles: 120 }
    ])
    expect(events.filter(({ type }) => type === 'replica-end')).toHaveLength(2)
  })

  test('D17 D18: attempts that were made good are events and no issues, and counts are of all passes', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(3))
    first(world).faults.fail('put', { nth: 2, times: 4 })
    const events: SyncEvent[] = []
    const result = await sync(world, {
      backendRetries: 2,
      execute: { onEvent: (event) => events.push(event), concurrency: { upload: 1 } }
    })
    expect(result).toMatchObject({
      outcome: 'success',
      issues: [],
      replicas: { a: { copied: { files: 9 } } }
    })
    expect(events.filter(({ type }) => type === 'sync-retry').length).toBeGreaterThan(0)
  })
})

describe('deletions', () => {
  const withSurplus = async (options: Parameters<typeof makeWorld>[1] = {}) => {
    const world = makeWorld(1, options)
    await fill(world.primary.store, backupOf(4))
    await fill(first(world).store, { ...backupOf(4), [dblock(20)]: 'a', [dblock(21)]: 'b', [dlist(20)]: 'c' })
    return world
  }

  test('D10: a deletion that fails makes the replica partial, with a warning', async () => {
    const world = await withSurplus({ capabilities: { deleteBatchSize: 1 } })
    first(world).faults.fail('delete', { match: dblock(20), times: ALWAYS, error: 'STORAGE_ACCESS_DENIED' })
    const result = await sync(world)
    expect(result).toMatchObject({
      outcome: 'warning',
      replicas: { a: { status: 'partial', code: 'SYNC_DELETE_FAILED', deleted: { files: 2 } } }
    })
  })

  test('G6: a locked file stays, is told of, and is no failure', async () => {
    const world = await withSurplus()
    await first(world).store.setLock(dblock(20), new Date(world.clock.now() + 1e9))
    const result = await sync(world)
    expect(result).toMatchObject({
      outcome: 'warning',
      replicas: { a: { status: 'succeeded', locked: 1, deleted: { files: 2 } } }
    })
    expect(contentOf(first(world).store)[dblock(20)]).toBe('a')
  })

  test('L1: deletions are batched where the store can', async () => {
    const world = makeWorld(1)
    await fill(world.primary.store, backupOf(1))
    const surplus = Object.fromEntries(Array.from({ length: 2500 }, (_, n) => [dblock(100 + n), 'x']))
    await fill(first(world).store, { ...backupOf(1), ...surplus })
    expect((await sync(world, { allowMassDelete: true })).replicas['a']?.deleted.files).toBe(2500)
    expect(calls(first(world), 'deleteMany') + calls(first(world), 'delete')).toBe(3)
  })

  test('L1: 10 000 small files at 20 ms a request take no more than 30 s', async () => {
    const world = makeWorld()
    for (let n = 0; n < 10_000; n++) await fill(world.primary.store, { [dblock(n)]: 'x' })
    world.primary.faults.delay('get', { milliseconds: 20, times: ALWAYS })
    first(world).faults.delay('put', { milliseconds: 20, times: ALWAYS })
    const begin = world.clock.elapsedMs
    await sync(world, { execute: { concurrency: { download: 16, upload: 16 } } })
    expect(world.clock.elapsedMs - begin).toBeLessThanOrEqual(30_000)
  })

  test('L2: a fetch that broke off goes on where it stopped', async () => {
    const world = makeWorld(1, { chunkBytes: 1000 })
    await fill(world.primary.store, { [dblock(1)]: 'x'.repeat(100_000) })
    world.primary.faults.fail('get', { nth: 1, when: 'torn', amount: 90_000 })
    let received = 0
    const counting = altered(world.primary.backend, {
      async *get(path, options) {
        for await (const chunk of world.primary.backend.get(path, options)) {
          received += chunk.byteLength
          yield chunk
        }
      }
    })
    expect((await sync(world, { primary: counting })).outcome).toBe('success')
    expect(received).toBe(100_000)
    expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
  })

  test('L2: a put that broke off sends at most one part again, in the same run and in the next', async () => {
    for (const attempts of [3, 1]) {
      const world = makeWorld(1)
      await fill(world.primary.store, { [dblock(1)]: 'x'.repeat(10_000) })
      const parts = resumable(first(world).backend, 1000)
      const ledger = new Map<string, LedgerEntry>()
      const run = async () => {
        const replicas = { a: { backend: parts.backend, ledger } }
        return await sync(world, { replicas, backendRetries: attempts, retry: 0 })
      }
      parts.breakAfter = 7500
      const broken = await run()
      if (attempts === 1) {
        expect(broken.outcome).toBe('error')
        expect((await run()).outcome).toBe('success')
      } else expect(broken.outcome).toBe('success')
      expect(parts.sent).toBe(7500 + 3000)
      expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
    }
  })

  test('L2: what was sent of other content does not get into a file', async () => {
    const world = makeWorld(1)
    await fill(world.primary.store, { [dblock(1)]: 'x'.repeat(10_000) })
    const parts = resumable(first(world).backend, 1000)
    const run = async () => {
      const replicas = { a: { backend: parts.backend, ledger: new Map<string, LedgerEntry>() } }
      return await sync(world, { replicas, backendRetries: 1, retry: 0 })
    }
    parts.breakAfter = 7500
    await run()
    await fill(world.primary.store, { [dblock(1)]: 'y'.repeat(10_000) })
    expect((await run()).outcome).toBe('success')
    expect(contentOf(first(world).store)).toEqual({ [dblock(1)]: 'y'.repeat(10_000) })
  })

  test('what goes straight through to all is on record like any other', async () => {
    const world = makeWorld(2)
    await fill(world.primary.store, backupOf(1))
    const ledgers = [new Map<string, LedgerEntry>(), new Map<string, LedgerEntry>()]
    const replicas = Object.fromEntries(
      world.replicas.map(({ backend }, n) => [`r${n}`, { backend, ledger: ledgers[n] }])
    )
    expect((await sync(world, { replicas, execute: { spoolMaxBytes: 0 } })).outcome).toBe('success')
    for (const ledger of ledgers) {
      const found = Object.fromEntries([...ledger].map(([path, { sha256 }]) => [path, sha256]))
      const should = Object.entries(backupOf(1)).map(([path, content]) => [
        path,
        createHash('sha256').update(content).digest('hex')
      ])
      expect(found).toEqual(Object.fromEntries(should))
    }
  })
})

/** A store that keeps the whole parts of a put that broke off, and believes that a key stands for one content. */
function resumable(inner: StorageBackend, partBytes: number) {
  const kept = new Map<string, Buffer>()
  const state = {
    sent: 0,
    breakAfter: Number.POSITIVE_INFINITY,
    backend: altered(inner, {
      capabilities: { ...inner.capabilities, resumablePut: true },
      async put(path, source, options) {
        const known = kept.get(options?.resumeKey ?? '') ?? Buffer.alloc(0)
        let content: Buffer = known
        const all = Buffer.concat(await Array.fromAsync(source.open(options)))
        for (const byte of all.subarray(known.byteLength)) {
          content = Buffer.concat([content, Buffer.from([byte])])
          state.sent++
          if (--state.breakAfter > 0) continue
          state.breakAfter = Number.POSITIVE_INFINITY
          const whole = content.byteLength - (content.byteLength % partBytes)
          kept.set(options?.resumeKey ?? '', content.subarray(0, whole))
          throw new StorageError('STORAGE_UNAVAILABLE', 'broken off', { retry: 'may-help' })
        }
        return await inner.put(path, bytesSource(content), { signal: options?.signal })
      }
    })
  }
  return state
}

describe('retention', () => {
  test('D8: renaming uses what the store does best, and never holds a file in memory', async () => {
    for (const [capabilities, method] of [
      [{}, 'rename'],
      [{ rename: false }, 'copy'],
      [{ rename: false, serverSideCopy: false }, 'put']
    ] as const) {
      const world = makeWorld(1, { capabilities })
      await fill(world.primary.store, backupOf(2))
      await fill(first(world).store, { ...backupOf(2), [dblock(30)]: 'old' })
      const result = await sync(world, { retention: true })
      expect(result.replicas['a']?.renamed.files).toBe(1)
      expect(calls(first(world), method)).toBe(1)
      expect(contentOf(first(world).store)[`20250101000000.old.${dblock(30)}`]).toBe('old')
      expect(contentOf(first(world).store)[dblock(30)]).toBeUndefined()
    }
  })

  test('names that are taken get a number, and old ones go by age and by count', async () => {
    const world = makeWorld()
    const name = dblock(30)
    await fill(world.primary.store, backupOf(9))
    await fill(first(world).store, { ...backupOf(9), [name]: 'v0' })
    for (const version of ['v1', 'v2']) {
      await sync(world, { retention: true })
      await fill(first(world).store, { [name]: version })
    }
    const renamed = () => Object.keys(contentOf(first(world).store)).filter((path) => path.includes('.old.'))
    expect(renamed()).toEqual([`20250101000000-1.old.${name}`, `20250101000000.old.${name}`])
    await world.clock.advance(10_000)
    await sync(world, { retention: true, retentionKeepCount: 2 })
    expect(renamed()).toEqual([
      `20250101000000-1.old.${name}`,
      `20250101000000.old.${name}`,
      `20250101000010.old.${name}`
    ])
    await sync(world, { retention: true, retentionKeepCount: 2 })
    expect(renamed()).toHaveLength(2)
    await world.clock.advance(60_000)
    await sync(world, { retention: true, retentionKeepMs: 65_000 })
    expect(renamed()).toEqual([`20250101000010.old.${name}`])
  })

  test('D25: what is replaced is kept and never missing', async () => {
    const world = makeWorld(1, { capabilities: { atomicPut: false } })
    await fill(world.primary.store, backupOf(1))
    await fill(first(world).store, { ...backupOf(1), [dblock(1)]: 'truncated' })
    await sync(world, { retention: true })
    const deleted = first(world).faults.calls.filter(
      ({ method, path }) => method === 'delete' && path === dblock(1)
    )
    expect(deleted).toEqual([])
    expect(contentOf(first(world).store)).toMatchObject({
      ...backupOf(1),
      [`20250101000000.old.${dblock(1)}`]: 'truncated'
    })
  })
})

describe('a primary that changes', () => {
  const changing = async (changes: readonly ((world: World) => Promise<void>)[]) => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(3))
    await fill(first(world).store, { ...backupOf(1), [dblock(50)]: 'surplus' })
    let next = 0
    const primary = altered(world.primary.backend, {
      async *get(path, options) {
        await changes[next++]?.(world)
        yield* world.primary.backend.get(path, options)
      }
    })
    const events: SyncEvent[] = []
    const result = await sync(world, {
      primary,
      primaryIsLocked: false,
      retry: 0,
      execute: { concurrency: { download: 1 }, onEvent: (event) => events.push(event) }
    })
    return { world, result, replans: events.filter(({ type }) => type === 'sync-replan').length }
  }

  test('a volume that vanishes is planned for anew', async () => {
    const { world, result, replans } = await changing([
      async ({ primary }) => {
        await primary.store.delete(dlist(2))
        await primary.store.delete(dblock(2))
        await fill(primary.store, { [dblock(60)]: 'compacted' })
      }
    ])
    expect(replans).toBe(1)
    expect(result).toMatchObject({ outcome: 'success', passes: 2 })
    expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
  })

  test('a version that comes in the middle is not shown before its data', async () => {
    const { world, result } = await changing([(at) => fill(at.primary.store, backupOf(4))])
    expect(result.outcome).toBe('success')
    expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
  })

  test('one that never rests is given up after three new plans, and nothing is deleted', async () => {
    let n = 100
    const always = Array.from(
      { length: 200 },
      () => (at: World) => fill(at.primary.store, { [dblock(n++)]: 'more' })
    )
    const { world, result, replans } = await changing(always)
    expect(replans).toBe(3)
    expect(result.replicas['a']).toMatchObject({
      status: 'partial',
      code: 'SYNC_PRIMARY_CHANGED',
      deleted: { files: 0 }
    })
    expect(Object.keys(contentOf(first(world).store))).toContain(dblock(50))
    expect(Object.keys(contentOf(first(world).store)).filter((path) => path.includes('dlist'))).toEqual([
      dlist(1)
    ])
  })
})

describe('D1: each option does what it says', () => {
  test('autoCreateFolders makes the folder of a replica, and never that of the primary', async () => {
    for (const autoCreateFolders of [true, false]) {
      const world = makeWorld()
      await fill(world.primary.store, { 'sub/a.txt': 'x' })
      const replica = createMemoryBackend({ capabilities: { createFolder: true } })
      const result = await sync(world, {
        replicas: { a: replica },
        mirrorAll: true,
        autoCreateFolders,
        retry: 0
      })
      expect(result.replicas['a']?.status).toBe(autoCreateFolders ? 'succeeded' : 'failed')
      expect([...replica.snapshot().folders]).toEqual(autoCreateFolders ? ['sub'] : [])
    }
  })

  test('waits double up to a minute, or stay the same, with none after the last attempt', async () => {
    const waits = async (exponential: boolean) => {
      const world = makeWorld()
      await fill(world.primary.store, backupOf(1))
      first(world).faults.fail('put', { match: dblock(1), times: ALWAYS })
      const delays: number[] = []
      await sync(world, {
        backendRetries: 9,
        backendRetryDelayMs: 1000,
        backendRetryWithExponentialBackoff: exponential,
        retry: 0,
        execute: { onEvent: (event) => event.type === 'sync-retry' && delays.push(event.delayMs) }
      })
      return delays
    }
    expect(await waits(true)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    expect(await waits(false)).toEqual(Array(8).fill(1000))
  })

  test('refused credentials are not tried again', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(1))
    first(world).faults.fail('put', { times: ALWAYS, error: 'STORAGE_ACCESS_DENIED' })
    await sync(world, { execute: { concurrency: { upload: 1 } } })
    expect(calls(first(world), 'put')).toBe(1)
  })

  test('K3: a file of the local cache is used when its hash is right, and else the primary is read', async () => {
    const { mkdtempSync, rmSync, writeFileSync } = await import('node:fs')
    const { join } = await import('node:path')
    const { createHash } = await import('node:crypto')
    const folder = mkdtempSync(join((await import('node:os')).tmpdir(), 'tercet-test-'))
    try {
      const world = makeWorld()
      await fill(world.primary.store, backupOf(1))
      const contents = backupOf(1)
      writeFileSync(join(folder, dblock(1)), contents[dblock(1)] as string)
      writeFileSync(join(folder, dlist(1)), 'tamper')
      const expected = new Map(
        Object.entries(contents).map(([path, content]) => [
          path,
          {
            sizeBytes: content.length,
            hash: createHash('sha256').update(content).digest(),
            hashAlgorithm: 'SHA256' as const
          }
        ])
      )
      const find = (path: string) =>
        path === dblock(1) || path === dlist(1) ? join(folder, path) : undefined
      const result = await sync(world, { expected, local: { find } })
      expect(result.outcome).toBe('success')
      expect(world.primary.faults.calls.filter(({ method }) => method === 'get')).toHaveLength(2)
      expect(contentOf(first(world).store)).toEqual(contents)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
