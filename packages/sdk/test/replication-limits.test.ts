import { createMemoryBackend } from '@tercet/backend-memory'
import { type BackendScheme, bytesSource, type StorageBackend } from '@tercet/interface'
import { createFaults, createVirtualClock } from '@tercet/testkit-faults'
import { describe, expect, test } from 'vitest'
import { openMirror } from '../src/sync.ts'

const BYTES = 10_000

/** A store that notes how many calls of a kind run at once: each gives all others time to begin. */
function counting(inner: StorageBackend, methods: readonly (keyof StorageBackend)[]) {
  const state = { now: 0, most: 0 }
  const enter = async () => {
    state.now++
    state.most = Math.max(state.most, state.now)
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  const backend = new Proxy(inner, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      if (!methods.includes(key as keyof StorageBackend)) return value.bind(target)
      if (key === 'get')
        return async function* (...args: unknown[]) {
          await enter()
          yield* Reflect.apply(value, target, args) as AsyncIterable<Uint8Array>
          state.now--
        }
      return async (...args: unknown[]) => {
        await enter()
        try {
          return await Reflect.apply(value, target, args)
        } finally {
          state.now--
        }
      }
    }
  })
  return { backend, state }
}

function schemeOf(places: Readonly<Record<string, StorageBackend>>): BackendScheme {
  return { scheme: 'probe', open: (url) => places[new URL(url).hostname] as StorageBackend }
}

async function filled(options: Parameters<typeof createMemoryBackend>[0] = {}, count = 12) {
  const backend = createMemoryBackend(options)
  for (let n = 0; n < count; n++)
    await backend.put(`duplicati-b${`${n}`.padStart(32, '0')}.dblock.zip`, bytesSource(new Uint8Array(BYTES)))
  await backend.put('duplicati-20260101T000000Z.dlist.zip', bytesSource(new Uint8Array(100)))
  return backend
}

describe('D1: each limit of a configuration reaches the run', () => {
  test.for([1, 3])('D1: concurrency-download, concurrency-upload: %i at once', async (limit) => {
    const from = counting(await filled(), ['get'])
    const to = counting(createMemoryBackend(), ['put'])
    await using mirror = await openMirror({
      primary: 'probe://from',
      backends: [schemeOf({ from: from.backend, to: to.backend })],
      syncConfiguration: {
        destinations: [{ url: 'probe://to', 'concurrency-upload': limit }],
        'concurrency-download': limit
      }
    })
    expect((await mirror.run(await mirror.plan())).outcome).toBe('success')
    expect(from.state.most).toBe(limit)
    expect(to.state.most).toBe(limit)
  })

  test.for([1, 4])('D1: concurrency-delete: %i at once', async (limit) => {
    const capabilities = { deleteBatchSize: 1 }
    const to = counting(await filled({ capabilities }), ['delete'])
    await using mirror = await openMirror({
      primary: 'probe://from',
      backends: [schemeOf({ from: await filled({}, 1), to: to.backend })],
      syncConfiguration: {
        destinations: [{ url: 'probe://to', 'concurrency-delete': limit, 'allow-mass-delete': true }]
      }
    })
    expect((await mirror.run(await mirror.plan())).outcome).toBe('success')
    expect(to.state.most).toBe(limit)
  })

  test('D1: concurrency-upload and concurrency-delete are each destination’s own', async () => {
    const capabilities = { deleteBatchSize: 1 }
    const surplus = async (wanted: number) => {
      const backend = await filled({ capabilities }, wanted)
      for (let n = 0; n < 12; n++)
        await backend.put(`duplicati-b${`${n}`.padStart(32, 'f')}.dblock.zip`, bytesSource(new Uint8Array(9)))
      return counting(backend, ['put', 'delete'])
    }
    // One lacks everything, the other has too much.
    const [lacking, full] = [counting(createMemoryBackend(), ['put']), await surplus(12)]
    const own = { 'allow-mass-delete': true }
    await using mirror = await openMirror({
      primary: 'probe://from',
      backends: [schemeOf({ from: await filled(), lacking: lacking.backend, full: full.backend })],
      syncConfiguration: {
        destinations: [
          { url: 'probe://lacking', 'concurrency-upload': 4, 'concurrency-delete': 1, ...own },
          { url: 'probe://full', 'concurrency-upload': 1, 'concurrency-delete': 3, ...own }
        ]
      }
    })
    expect((await mirror.run(await mirror.plan())).outcome).toBe('success')
    expect(lacking.state.most).toBe(4)
    expect(full.state.most).toBe(3)
  })

  test.for(['throttle-upload', 'throttle-download'])(
    'D1: %s holds for all transfers together',
    async (key) => {
      const clock = createVirtualClock()
      const limits = { [key]: '1000b' }
      const ofRun = key === 'throttle-download' ? limits : {}
      const ofDestination = key === 'throttle-upload' ? limits : {}
      await using mirror = await openMirror({
        primary: 'probe://from',
        backends: [schemeOf({ from: await filled({ clock }), to: createMemoryBackend({ clock }) })],
        syncConfiguration: { destinations: [{ url: 'probe://to', ...ofDestination }], ...ofRun },
        clock
      })
      const plan = await mirror.plan()
      const started = clock.monotonic()
      await mirror.run(plan)
      const seconds = (clock.monotonic() - started) / 1000
      // What is let through at once in the beginning is a second's worth or so.
      expect(seconds).toBeGreaterThan((12 * BYTES) / 1000 - 15)
      expect(seconds).toBeLessThan((12 * BYTES) / 1000 + 15)
    }
  )

  test('D1: backend-retries and retry', async () => {
    const clock = createVirtualClock()
    const faults = createFaults({ clock })
    faults.fail('put', { nth: 1, times: 1_000_000, when: 'before' })
    await using mirror = await openMirror({
      primary: 'probe://from',
      backends: [schemeOf({ from: await filled({}, 1), to: faults.layer(createMemoryBackend()) })],
      syncConfiguration: {
        destinations: [{ url: 'probe://to', 'backend-retries': 2, retry: 1, 'backend-retry-delay': 10 }]
      },
      clock
    })
    expect((await mirror.run(await mirror.plan())).outcome).toBe('error')
    // One volume, in two passes of two attempts; the list is withheld.
    expect(faults.calls.filter(({ method }) => method === 'put')).toHaveLength(4)
  })
})
