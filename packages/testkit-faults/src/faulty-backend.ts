import {
  abortable,
  type ByteSource,
  type CallOptions,
  type Capabilities,
  type ChecksumAlgorithm,
  type Clock,
  type DeleteFailure,
  type GetOptions,
  type ListOptions,
  type LocalFolder,
  type PutOptions,
  type Quota,
  type StorageBackend,
  type StorageEntry,
  type StorageMethod,
  type StoreEndpoint,
  untilAborted
} from '@tercet/interface'
import type { FaultScript } from './fault-script.ts'
import type { FaultEffect, RecordedCall } from './faults.ts'
import { ListingHistory } from './listing-history.ts'
import type { SeededRandom } from './random.ts'

/** What the backends that share a script have in common. */
export interface FaultState {
  readonly script: FaultScript<FaultEffect>
  readonly calls: RecordedCall[]
  readonly clock: Clock
  readonly random: SeededRandom
  listingLagMs: number
  /** Listings may have to be shown as they were: changes are remembered. */
  tracksChanges: boolean
  bytesPerSecond: number | undefined
  /** When the line is free again, on the monotonic clock. */
  busyUntilMs: number
}

type Failure = Extract<FaultEffect, { kind: 'fail' }>

/** Passes every call on to `inner`, except where the script says otherwise. */
export class FaultyBackend implements StorageBackend {
  readonly scheme: string
  readonly displayName: string
  readonly capabilities: Capabilities
  readonly localFolder: LocalFolder | undefined
  readonly endpoint: StoreEndpoint | undefined
  readonly #inner: StorageBackend
  readonly #state: FaultState
  readonly #history: ListingHistory

  constructor(inner: StorageBackend, state: FaultState, changed: Partial<Capabilities> | undefined) {
    this.scheme = inner.scheme
    this.displayName = inner.displayName
    this.capabilities = Object.freeze({ ...inner.capabilities, ...changed })
    this.localFolder = inner.localFolder
    this.endpoint = inner.endpoint
    this.#inner = inner
    this.#state = state
    this.#history = new ListingHistory(state.clock, () => state.tracksChanges)
  }

  async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    const effects = await this.#begin('list', options?.under ?? '', options)
    const failure = failureOf(effects)
    const behind = Math.max(0, ...effects.map((effect) => (effect.kind === 'stale' ? effect.behind : 0)))
    const entries = this.#history.view(this.#inner.list(options), options, behind, this.#state.listingLagMs)
    yield* interrupted(entries, failure, (amount) => amount ?? 1)
  }

  async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    const effects = await this.#begin('get', path, options)
    let bytes: AsyncIterable<Uint8Array> = this.#throttled(this.#inner.get(path, options), options)
    for (const effect of effects) if (effect.kind === 'damage') bytes = this.#damaged(bytes, effect.how)
    const failure = failureOf(effects)
    if (failure?.when !== 'torn') yield* interrupted(bytes, failure, () => 0)
    else {
      yield* this.#firstBytes(bytes, failure.amount)
      throw failure.error()
    }
  }

  async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    const failure = failureOf(await this.#begin('put', path, options))
    if (failure?.when === 'torn') {
      const amount = failure.amount ?? this.#state.random.integer(Math.max(1, source.size))
      await this.#inner.put(path, beginningOf(source, amount), onlySignal(options))
      throw failure.error()
    }
    await this.#history.remember(this.#inner, path)
    const entry = await this.#inner.put(path, this.#throttledSource(source), options)
    this.#history.record(path)
    return answer(entry, failure)
  }

  stat(path: string, options?: CallOptions): Promise<StorageEntry> {
    return this.#call('stat', path, options, () => this.#inner.stat(path, options))
  }

  async delete(path: string, options?: CallOptions): Promise<void> {
    return await this.#call('delete', path, options, async () => {
      await this.#history.remember(this.#inner, path)
      await this.#inner.delete(path, options)
      this.#history.record(path)
    })
  }

  async deleteMany(paths: readonly string[], options?: CallOptions): Promise<readonly DeleteFailure[]> {
    const failure = failureOf(await this.#begin('deleteMany', '', options))
    const amount = failure?.when === 'torn' ? (failure.amount ?? Math.floor(paths.length / 2)) : paths.length
    const now = paths.slice(0, amount)
    for (const path of now) await this.#history.remember(this.#inner, path)
    const failures = await this.#inner.deleteMany(now, options)
    for (const path of now) this.#history.record(path)
    if (failure?.when === 'torn') throw failure.error()
    return answer(failures, failure)
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    return await this.#call('rename', from, options, async () => {
      for (const path of [from, to]) await this.#history.remember(this.#inner, path)
      await this.#inner.rename(from, to, options)
      for (const path of [from, to]) this.#history.record(path)
    })
  }

  async copy(from: string, to: string, options?: CallOptions): Promise<StorageEntry> {
    return await this.#call('copy', from, options, async () => {
      await this.#history.remember(this.#inner, to)
      const entry = await this.#inner.copy(from, to, options)
      this.#history.record(to)
      return entry
    })
  }

  createFolder(path: string, options?: CallOptions): Promise<void> {
    return this.#call('createFolder', path, options, () => this.#inner.createFolder(path, options))
  }

  checksum(path: string, algorithm: ChecksumAlgorithm, options?: CallOptions): Promise<Uint8Array> {
    return this.#call('checksum', path, options, () => this.#inner.checksum(path, algorithm, options))
  }

  quota(options?: CallOptions): Promise<Quota> {
    return this.#call('quota', '', options, () => this.#inner.quota(options))
  }

  setLock(path: string, until: Date, options?: CallOptions): Promise<void> {
    return this.#call('setLock', path, options, () => this.#inner.setLock(path, until, options))
  }

  getLock(path: string, options?: CallOptions): Promise<Date | undefined> {
    return this.#call('getLock', path, options, () => this.#inner.getLock(path, options))
  }

  restoreArchived(path: string, options?: CallOptions): Promise<void> {
    return this.#call('restoreArchived', path, options, () => this.#inner.restoreArchived(path, options))
  }

  localFile(path: string, options?: CallOptions): Promise<string | undefined> {
    return this.#call('localFile', path, options, () => this.#inner.localFile(path, options))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.#inner[Symbol.asyncDispose]())
  }

  async #call<T>(
    method: StorageMethod,
    path: string,
    options: CallOptions | undefined,
    run: () => Promise<T>
  ): Promise<T> {
    const failure = failureOf(await this.#begin(method, path, options))
    if (failure?.when === 'torn') throw failure.error() // there is no half of it
    return answer(await run(), failure)
  }

  /** Records the call, waits out its delays, and rejects where it fails `before`. */
  async #begin(
    method: StorageMethod,
    path: string,
    options: CallOptions | undefined
  ): Promise<FaultEffect[]> {
    this.#state.calls.push({ method, path })
    const effects = this.#state.script.meet(method, path)
    for (const effect of effects) {
      if (effect.kind === 'delay') await this.#state.clock.sleep(effect.milliseconds, options)
    }
    const failure = failureOf(effects)
    if (failure?.when === 'hang') await untilAborted(new Promise<never>(() => {}), options?.signal)
    if (failure?.when === 'before') throw failure.error()
    return effects
  }

  #throttledSource(source: ByteSource): ByteSource {
    if (this.#state.bytesPerSecond === undefined) return source
    return { size: source.size, open: (options) => this.#throttled(source.open(options), options) }
  }

  /** Each chunk takes its time on the one line that all transfers share. */
  async *#throttled(
    bytes: AsyncIterable<Uint8Array>,
    options: CallOptions | undefined
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const state = this.#state
    for await (const chunk of abortable(bytes, options?.signal)) {
      if (state.bytesPerSecond !== undefined) {
        const now = state.clock.monotonic()
        const start = Math.max(now, state.busyUntilMs)
        state.busyUntilMs = start + (chunk.byteLength / state.bytesPerSecond) * 1000
        await state.clock.sleep(state.busyUntilMs - now, options)
      }
      yield chunk
    }
  }

  async *#damaged(
    bytes: AsyncIterable<Uint8Array>,
    how: 'flip' | 'truncate'
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const chunks = await Array.fromAsync(bytes)
    const all = Buffer.concat(chunks)
    if (all.byteLength === 0) return
    const position = this.#state.random.integer(all.byteLength)
    if (how === 'truncate') {
      if (position > 0) yield all.subarray(0, position)
      return
    }
    all[position] = (all[position] as number) ^ (1 << this.#state.random.integer(8))
    yield all
  }

  /** The beginning of the bytes: as many as asked for, or a number chosen by the seed from what comes first. */
  async *#firstBytes(
    bytes: AsyncIterable<Uint8Array>,
    amount: number | undefined
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let left = amount
    for await (const chunk of bytes) {
      left ??= this.#state.random.integer(chunk.byteLength + 1)
      if (left > 0) yield chunk.subarray(0, left)
      left -= chunk.byteLength
      if (left <= 0) return
    }
  }
}

function failureOf(effects: readonly FaultEffect[]): Failure | undefined {
  return effects.find((effect): effect is Failure => effect.kind === 'fail')
}

function answer<T>(value: T, failure: Failure | undefined): T {
  if (failure !== undefined) throw failure.error()
  return value
}

async function* interrupted<T>(
  items: AsyncIterable<T>,
  failure: Failure | undefined,
  amountOf: (amount: number | undefined) => number
): AsyncGenerator<T, void, undefined> {
  let left = failure?.when === 'torn' ? amountOf(failure.amount) : Number.POSITIVE_INFINITY
  for await (const item of items) {
    if (left-- <= 0) break
    yield item
  }
  if (failure !== undefined) throw failure.error()
}

function onlySignal(options: CallOptions | undefined): CallOptions {
  return { signal: options?.signal }
}

/** A source of the first `size` bytes of another. */
function beginningOf(source: ByteSource, size: number): ByteSource {
  return {
    size: Math.min(size, source.size),
    async *open(options) {
      let left = Math.min(size, source.size)
      for await (const chunk of source.open(options)) {
        if (left > 0) yield chunk.subarray(0, left)
        left -= chunk.byteLength
        if (left <= 0) return
      }
    }
  }
}
