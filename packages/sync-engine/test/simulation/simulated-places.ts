import type { MemoryBackend } from '@tercet/backend-memory'
import type { StorageBackend, StorageEntry } from '@tercet/interface'
import { type Clock, StorageError } from '@tercet/interface'
import { compose, retry, throttle, timeout } from '@tercet/storage-layers'
import { CrashError, createFaults, type SeededRandom } from '@tercet/testkit-faults'
import { altered } from '../places.ts'
import type { Fault } from './scenario.ts'

/** What all places of a run have in common: operations are counted, and the process may end after one of them. */
export class SimulatedRun {
  operations = 0
  isDead = false
  readonly #killAfter: number | undefined
  readonly #onOperation: (count: number, what: string) => Promise<void>

  constructor(killAfter: number | undefined, onOperation: (count: number, what: string) => Promise<void>) {
    this.#killAfter = killAfter
    this.#onOperation = onOperation
  }

  assertAlive(): void {
    if (this.isDead) throw new CrashError('The process has ended')
  }

  async done(what: string): Promise<void> {
    await this.#onOperation(++this.operations, what)
    if (this.operations === this.#killAfter) this.isDead = true
    this.assertAlive()
  }
}

export interface SimulatePlaceOptions {
  readonly name: string
  readonly store: MemoryBackend
  readonly run: SimulatedRun
  readonly clock: Clock
  readonly random: SeededRandom
  readonly faults: readonly Fault[]
  readonly lagMs: number
  readonly history: ListingLag
  /** Of one call, by the layer. */
  readonly attempts: number
}

/** Remembers when names came and went, for listings that are behind. */
export class ListingLag {
  readonly #clock: Clock
  readonly #came = new Map<string, number>()
  readonly #gone = new Map<string, { readonly at: number; readonly entry: StorageEntry }>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  came(path: string): void {
    this.#came.set(path, this.#clock.monotonic())
    this.#gone.delete(path)
  }

  gone(entry: StorageEntry): void {
    this.#gone.set(entry.path, { at: this.#clock.monotonic(), entry })
  }

  isShown(path: string, lagMs: number): boolean {
    return (this.#came.get(path) ?? Number.NEGATIVE_INFINITY) <= this.#clock.monotonic() - lagMs
  }

  stillShown(lagMs: number): StorageEntry[] {
    const then = this.#clock.monotonic() - lagMs
    return [...this.#gone.values()].filter(({ at }) => at > then).map(({ entry }) => entry)
  }
}

const CHANGING = ['put', 'delete', 'rename', 'copy'] as const

/** A store as the sdk hands it to the engine: behind the layers that are shipped, on the clock of the simulation. */
export function simulatePlace(options: SimulatePlaceOptions): StorageBackend {
  const { clock, attempts } = options
  return compose(
    storeOf(options),
    timeout({ clock, callMs: 30_000, idleMs: 30_000 }),
    retry({ clock, attempts, delayMs: 500 }),
    throttle({ clock, uploadBytesPerSecond: 1_000_000, downloadBytesPerSecond: 1_000_000 })
  )
}

/** What is behind the layers: slow, failing, listed in no order and while it changes, and gone when the process is. */
function storeOf(options: SimulatePlaceOptions): StorageBackend {
  const { name, store, run, clock, random, lagMs, history } = options
  const remembering = altered(store, {
    async put(path, source, putOptions) {
      const entry = await store.put(path, source, putOptions)
      history.came(path)
      return entry
    },
    async delete(path, callOptions) {
      const entry = await store.stat(path).catch(() => undefined)
      await store.delete(path, callOptions)
      if (entry !== undefined) history.gone(entry)
    },
    async deleteMany(paths, callOptions) {
      for (const path of paths) {
        const entry = await store.stat(path).catch(() => undefined)
        await store.delete(path, callOptions)
        if (entry !== undefined) history.gone(entry)
      }
      return []
    },
    async *list(listOptions) {
      const entries = [...(await Array.fromAsync(store.list(listOptions))), ...history.stillShown(lagMs)]
      const names = [...new Set(entries.map(({ path }) => path))]
      for (let left = names.length; left > 0; left--) {
        const [path] = names.splice(random.integer(left), 1)
        if (random.integer(4) === 0) await clock.sleep(1 + random.integer(200))
        const now = await store
          .stat(path as string)
          .catch(() => history.stillShown(lagMs).find((entry) => entry.path === path))
        if (now !== undefined && history.isShown(now.path, lagMs)) yield now
        // What was stored in the meantime may still come.
        if (left === 1)
          for await (const late of store.list(listOptions))
            if (
              !entries.some(({ path }) => path === late.path) &&
              random.integer(2) === 0 &&
              history.isShown(late.path, lagMs)
            )
              yield late
      }
    }
  })
  const script = createFaults({ clock, seed: random.integer(2 ** 31) })
  for (const { method, nth, times, when, code } of options.faults) {
    if (when === 'flip') script.damage({ nth, times: Math.min(times, 2) })
    else {
      // A torn put leaves a part behind only where the store does not promise otherwise.
      const moment = when === 'torn' && method === 'put' && store.capabilities.atomicPut ? 'before' : when
      const retry = code === 'STORAGE_UNAVAILABLE' || code === 'STORAGE_RATE_LIMITED' ? 'may-help' : 'never'
      script.fail(method, {
        nth,
        times,
        when: moment,
        error: () => new StorageError(code, `${name} does not ${method}`, { retry })
      })
    }
  }
  const faulty = script.layer(remembering)
  const counted: Partial<Record<keyof StorageBackend, unknown>> = {}
  for (const method of [
    ...CHANGING,
    'deleteMany',
    'stat',
    'checksum',
    'quota',
    'createFolder',
    'localFile'
  ] as const) {
    counted[method] = async (...args: unknown[]) => {
      run.assertAlive()
      if (random.integer(3) === 0) await clock.sleep(random.integer(400))
      run.assertAlive()
      const result = await Reflect.apply(faulty[method], faulty, args)
      await run.done(`${name}: ${method} ${typeof args[0] === 'string' ? args[0] : ''}`)
      return result
    }
  }
  for (const method of ['list', 'get'] as const) {
    counted[method] = async function* (...args: unknown[]) {
      run.assertAlive()
      if (random.integer(3) === 0) await clock.sleep(random.integer(400))
      for await (const item of Reflect.apply(faulty[method], faulty, args) as AsyncIterable<unknown>) {
        run.assertAlive()
        yield item
      }
      await run.done(`${name}: ${method} ${typeof args[0] === 'string' ? args[0] : ''}`)
    }
  }
  const capabilities = { ...faulty.capabilities, listing: lagMs > 0 ? 'eventual' : 'immediate' } as const
  return altered(faulty, { ...counted, capabilities } as Partial<StorageBackend>)
}
