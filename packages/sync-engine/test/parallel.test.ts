import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type StorageBackend, StorageError } from '@tercet/interface'
import { createRandom } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { apply, ModelBackup } from './model-backup.ts'
import {
  altered,
  backupOf,
  contentOf,
  dblock,
  fill,
  makeWorld,
  named,
  type Place,
  type World
} from './places.ts'
import { sync } from './run.ts'

const ALWAYS = 1_000_000
const first = (world: World) => world.replicas[0] as Place

interface Flight {
  most: Record<string, number>
  mostTotal: { now: number; most: number }
  twice: string[]
}

/** Counts what is in flight, by method, in all, and on one name. */
function watched(
  world: World,
  place: Place,
  flight: Flight,
  delayMs: (path: string) => number
): StorageBackend {
  const running = new Map<string, number>()
  const names = new Set<string>()
  const track = async <T>(method: string, path: string, call: () => Promise<T>): Promise<T> => {
    const count = (running.get(method) ?? 0) + 1
    running.set(method, count)
    flight.most[method] = Math.max(flight.most[method] ?? 0, count)
    flight.mostTotal.most = Math.max(flight.mostTotal.most, ++flight.mostTotal.now)
    if (names.has(path)) flight.twice.push(path)
    names.add(path)
    try {
      await world.clock.sleep(delayMs(path))
      return await call()
    } finally {
      names.delete(path)
      flight.mostTotal.now--
      running.set(method, (running.get(method) ?? 1) - 1)
    }
  }
  return altered(place.backend, {
    put: (path, source, options) => track('put', path, () => place.backend.put(path, source, options)),
    delete: (path, options) => track('delete', path, () => place.backend.delete(path, options)),
    async *get(path, options) {
      const chunks = await track('get', path, () => Array.fromAsync(place.backend.get(path, options)))
      yield* chunks
    }
  })
}

describe('parallel transfers', () => {
  test('P1 P4: no limit is exceeded, and never are there two operations on one name', async () => {
    for (const total of [undefined, 5]) {
      const world = makeWorld(2, { capabilities: { deleteBatchSize: 1 } })
      const random = createRandom(9)
      await fill(world.primary.store, backupOf(15))
      const flights = [0, 1, 2].map((): Flight => ({ most: {}, mostTotal: { now: 0, most: 0 }, twice: [] }))
      const all = { now: 0, most: 0 }
      for (const flight of flights) flight.mostTotal = all
      const delay = () => 10 + random.integer(300)
      for (let n = 50; n < 62; n++) await fill(first(world).store, { [dblock(n)]: 'surplus' })
      await sync(world, {
        primary: watched(world, world.primary, flights[0] as Flight, delay),
        replicas: {
          a: watched(world, first(world), flights[1] as Flight, delay),
          b: watched(world, world.replicas[1] as Place, flights[2] as Flight, delay)
        },
        allowMassDelete: true,
        retry: 1,
        execute: { concurrency: { download: 3, upload: 2, delete: 4, total } }
      })
      expect(flights[0]?.most['get']).toBe(3)
      expect(flights[1]?.most).toMatchObject({ put: 2 })
      expect(flights[1]?.most['delete']).toBeLessThanOrEqual(4)
      expect(flights[1]?.most['delete']).toBeGreaterThan(1)
      expect(flights.flatMap(({ twice }) => twice)).toEqual([])
      if (total !== undefined) expect(all.most).toBeLessThanOrEqual(total)
      expect(contentOf(first(world).store)).toEqual(contentOf(world.primary.store))
    }
  })

  test('P1: a replica may have limits of its own', async () => {
    const world = makeWorld(2, { capabilities: { deleteBatchSize: 1 } })
    await fill(world.primary.store, backupOf(15))
    const flights = [0, 1].map((): Flight => ({ most: {}, mostTotal: { now: 0, most: 0 }, twice: [] }))
    for (const { store } of world.replicas)
      for (let n = 50; n < 62; n++) await fill(store, { [dblock(n)]: 'surplus' })
    const [a, b] = world.replicas.map((place, n) => watched(world, place, flights[n] as Flight, () => 100))
    await sync(world, {
      replicas: {
        a: { backend: a as StorageBackend, concurrencyUpload: 1, concurrencyDelete: 3 },
        b: b as StorageBackend
      },
      allowMassDelete: true,
      execute: { concurrency: { upload: 4, delete: 2 } }
    })
    expect(flights.map(({ most }) => most)).toMatchObject([
      { put: 1, delete: 3 },
      { put: 4, delete: 2 }
    ])
  })

  test('P2 L4: k transfers at once are nearly k times as fast', async () => {
    const [n, k, g, p] = [160, 8, 100, 80]
    const world = makeWorld()
    for (let i = 0; i < n; i++) await fill(world.primary.store, { [dblock(i)]: 'data' })
    world.primary.faults.delay('get', { milliseconds: g, times: ALWAYS })
    first(world).faults.delay('put', { milliseconds: p, times: ALWAYS })
    const begin = world.clock.elapsedMs
    await sync(world, { execute: { concurrency: { download: k, upload: k } } })
    expect(world.clock.elapsedMs - begin).toBeLessThanOrEqual(1.2 * (n / k) * Math.max(g, p))
  })

  test('P3: no list appears before what it needs, on 1000 random schedules', async () => {
    for (let seed = 1; seed <= 1000; seed++) {
      const random = createRandom(seed)
      const world = makeWorld()
      const model = new ModelBackup(random)
      for (let n = 0; n < 2; n++) await apply(model.backup(2), world.primary.store)
      const { store } = first(world)
      const slow = altered(store, {
        async put(path, ...rest) {
          await world.clock.sleep(random.integer(50))
          const entry = await store.put(path, ...rest)
          if (path.includes('.dlist.')) expect(model.problemsOf(store), `seed ${seed}`).toEqual([])
          return entry
        }
      })
      const upload = 1 + random.integer(8)
      expect(
        (await sync(world, { replicas: { a: slow }, execute: { concurrency: { upload } } })).outcome
      ).toBe('success')
    }
  })

  test('P5: a store that lets so many requests a second pass is obeyed', async () => {
    for (const hint of [true, false]) {
      const world = makeWorld()
      for (let i = 0; i < 400; i++) await fill(world.primary.store, { [dblock(i)]: 'data' })
      let accepted: number[] = []
      let [asked, rejected] = [0, 0]
      const limited = altered(first(world).store, {
        async put(path, ...rest) {
          await world.clock.sleep(50)
          const now = world.clock.elapsedMs
          accepted = accepted.filter((moment) => moment > now - 1000)
          asked++
          if (accepted.length >= 30) {
            if (asked > 100) rejected++
            const context = hint ? { retryAfterMs: 300 } : {}
            throw new StorageError('STORAGE_RATE_LIMITED', 'slow down', { retry: 'may-help', context })
          }
          accepted.push(now)
          return await first(world).store.put(path, ...rest)
        }
      })
      const result = await sync(world, {
        replicas: { a: limited },
        backendRetries: 8,
        backendRetryDelayMs: 200,
        execute: { concurrency: { upload: 16 } }
      })
      expect(result.replicas['a']?.status).toBe('succeeded')
      expect(rejected / Math.max(1, asked - 100)).toBeLessThanOrEqual(0.05)
    }
  })

  test('P6: the result does not depend on how much is done at once', async () => {
    const results = []
    for (const k of [1, 16]) {
      const world = makeWorld(2)
      await fill(world.primary.store, backupOf(12))
      await fill(first(world).store, { ...backupOf(3), [dblock(99)]: 'surplus' })
      await sync(world, { execute: { concurrency: { download: k, upload: k, delete: k } } })
      results.push(world.replicas.map(({ store }) => contentOf(store)))
    }
    expect(results[0]).toEqual(results[1])
  })

  for (const key of ['throttleDownload', 'throttleUpload'] as const) {
    test(`P7: ${key} holds for all transfers together`, async () => {
      const world = makeWorld(key === 'throttleUpload' ? 2 : 1)
      for (let i = 0; i < 20; i++) await fill(world.primary.store, { [dblock(i)]: 'x'.repeat(50_000) })
      const begin = world.clock.elapsedMs
      await sync(world, { execute: { [key]: 50_000 } })
      const bytes = 1_000_000 * world.replicas.length
      const seconds = (world.clock.elapsedMs - begin) / 1000
      expect(bytes / seconds).toBeGreaterThan(45_000)
      expect(bytes / seconds).toBeLessThan(55_000)
    })
  }

  test('P8: an abort after any operation ends the run at once and leaves no temporary file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tercet-test-'))
    try {
      for (let after = 1; ; after++) {
        const world = makeWorld(2, { capabilities: { atomicPut: false } })
        await fill(world.primary.store, { ...backupOf(2), [dblock(1)]: 'x'.repeat(300_000) })
        const controller = new AbortController()
        const reason = new Error('stop')
        let operations = 0
        const aborting = (place: Place) =>
          new Proxy(place.backend, {
            get(target, key) {
              const value: unknown = Reflect.get(target, key)
              if (typeof value !== 'function') return value
              return (...args: unknown[]) => {
                if (++operations === after) controller.abort(reason)
                return value.apply(target, args)
              }
            }
          })
        let outcome: unknown
        try {
          outcome = await sync(world, {
            primary: aborting(world.primary),
            replicas: { a: aborting(first(world)), b: aborting(world.replicas[1] as Place) },
            temporaryFolder: folder,
            signal: controller.signal,
            execute: { signal: controller.signal }
          })
        } catch (error) {
          outcome = error
        }
        if (operations < after) break
        // What was aborted with the last operation of all may have come to its end.
        if (outcome !== reason) expect(outcome).toMatchObject({ outcome: 'success' })
        expect(readdirSync(folder)).toEqual([])
        const callsThen = operations
        await new Promise((resolve) => setImmediate(resolve))
        expect(operations).toBe(callsThen)
        await sync(world)
        for (const { store } of world.replicas)
          expect(contentOf(store)).toEqual(contentOf(world.primary.store))
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  test('P8: an abort does not wait for a backend that does not answer', async () => {
    const world = makeWorld()
    await fill(world.primary.store, backupOf(2))
    first(world).faults.fail('put', { when: 'hang', times: ALWAYS })
    const deaf = altered(first(world).backend, { put: () => new Promise(() => {}) })
    const controller = new AbortController()
    const running = sync(world, {
      replicas: { ...named(world), a: deaf },
      execute: { signal: controller.signal }
    })
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    controller.abort(new Error('now'))
    await expect(running).rejects.toThrow('now')
  })
})
