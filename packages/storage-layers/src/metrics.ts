import {
  type ByteSource,
  type CallOptions,
  type Clock,
  type GetOptions,
  type ListOptions,
  type PromiseMethod,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  type StorageLayer,
  type StorageMethod,
  systemClock
} from '@tercet/interface'
import { ForwardingBackend } from './forwarding-backend.ts'

/** What was done by one method. */
export interface MethodMetrics {
  /** Calls that have ended, well or not; a `get` or `list` that nobody iterates is none. */
  readonly calls: number
  /** Those that rejected, aborts included. */
  readonly failures: number
  /** Bytes that `get` yielded or `put` stored, paths that `deleteMany` was given, entries that `list` yielded. */
  readonly amount: number
  /** Time spent, the caller's share of a stream included. */
  readonly milliseconds: number
}

export type MeteredMethod = StorageMethod

/** Counts, for all backends that it is put around together. */
export interface MetricsLayer extends StorageLayer {
  /** Counts of one method since the last reset. */
  of(method: MeteredMethod): MethodMetrics
  /** Counts of all methods that were called. */
  totals(): ReadonlyMap<MeteredMethod, MethodMetrics>
  reset(): void
}

const NONE: MethodMetrics = Object.freeze({ calls: 0, failures: 0, amount: 0, milliseconds: 0 })

/** Counts calls, failures, bytes and time of each method. */
export function metrics(options: { readonly clock?: Clock | undefined } = {}): MetricsLayer {
  const counts = new Map<MeteredMethod, MethodMetrics>()
  const clock = options.clock ?? systemClock
  const add: Record = (method, failed, amount, startedMs) => {
    const before = counts.get(method) ?? NONE
    counts.set(method, {
      calls: before.calls + 1,
      failures: before.failures + (failed ? 1 : 0),
      amount: before.amount + amount,
      milliseconds: before.milliseconds + clock.monotonic() - startedMs
    })
  }
  return Object.assign((inner: StorageBackend) => new MeteredBackend(inner, clock, add), {
    of: (method: MeteredMethod) => counts.get(method) ?? NONE,
    totals: () => new Map(counts),
    reset: () => counts.clear()
  })
}

type Record = (method: MeteredMethod, failed: boolean, amount: number, startedMs: number) => void

class MeteredBackend extends ForwardingBackend {
  readonly #clock: Clock
  readonly #add: Record

  constructor(inner: StorageBackend, clock: Clock, add: Record) {
    super(inner)
    this.#clock = clock
    this.#add = add
  }

  override list(options?: ListOptions): AsyncIterable<StorageEntry> {
    return this.#stream('list', this.inner.list(options), () => 1)
  }

  override get(path: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return this.#stream('get', this.inner.get(path, options), (chunk) => chunk.byteLength)
  }

  override put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    return this.#measured('put', source.size, () => this.inner.put(path, source, options))
  }

  override deleteMany(paths: readonly string[], options?: CallOptions) {
    return this.#measured('deleteMany', paths.length, () => this.inner.deleteMany(paths, options))
  }

  protected override around<T>(
    method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    return this.#measured(method, 0, () => call(options))
  }

  async #measured<T>(method: MeteredMethod, amount: number, call: () => Promise<T>): Promise<T> {
    const started = this.#clock.monotonic()
    try {
      const result = await call()
      this.#add(method, false, amount, started)
      return result
    } catch (error) {
      this.#add(method, true, 0, started)
      throw error
    }
  }

  async *#stream<T>(method: MeteredMethod, items: AsyncIterable<T>, amountOf: (item: T) => number) {
    const started = this.#clock.monotonic()
    let amount = 0
    let failed = false
    try {
      for await (const item of items) {
        amount += amountOf(item)
        yield item
      }
    } catch (error) {
      failed = true
      throw error
    } finally {
      this.#add(method, failed, amount, started)
    }
  }
}
