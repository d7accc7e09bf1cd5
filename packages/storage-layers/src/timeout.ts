import {
  abortable,
  assertKnownKeys,
  type ByteSource,
  type CallOptions,
  type Clock,
  type GetOptions,
  type ListOptions,
  type PromiseMethod,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  type StorageLayer,
  systemClock,
  untilAborted
} from '@tercet/interface'
import { Deadline } from './deadline.ts'
import { ForwardingBackend } from './forwarding-backend.ts'

export interface TimeoutOptions {
  /** Longest time that a call without a stream may take, in milliseconds. @defaultValue 60 000 */
  readonly callMs?: number | undefined
  /**
   * Longest time without a sign of life from a `get`, `list` or `put`, in milliseconds: until the next bytes arrive, the
   * next are asked for, or the end is acknowledged. @defaultValue 120 000
   */
  readonly idleMs?: number | undefined
  readonly clock?: Clock | undefined
}

interface Limits {
  readonly callMs: number
  readonly idleMs: number
  readonly clock: Clock
}

/**
 * Rejects with `STORAGE_TIMEOUT`, for which a retry may help, when the backend does not answer in time; the call inside
 * is aborted. The time that the caller takes between two chunks does not count.
 */
export function timeout(options: TimeoutOptions = {}): StorageLayer {
  assertKnownKeys(options, ['callMs', 'idleMs', 'clock'], 'timeout')
  const limits = {
    callMs: options.callMs ?? 60_000,
    idleMs: options.idleMs ?? 120_000,
    clock: options.clock ?? systemClock
  }
  for (const key of ['callMs', 'idleMs'] as const) {
    if (!(limits[key] > 0)) throw new RangeError(`${key} must be above 0, not ${limits[key]}`)
  }
  return (inner) => new TimedBackend(inner, limits)
}

class TimedBackend extends ForwardingBackend {
  readonly #limits: Limits

  constructor(inner: StorageBackend, limits: Limits) {
    super(inner)
    this.#limits = limits
  }

  override list(options?: ListOptions): AsyncIterable<StorageEntry> {
    return this.#stream('list', options, (signal) => this.inner.list({ ...options, signal }))
  }

  override get(path: string, options?: GetOptions): AsyncIterable<Uint8Array> {
    return this.#stream('get', options, (signal) => this.inner.get(path, { ...options, signal }))
  }

  override async put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    const deadline = this.#deadline('put', this.#limits.idleMs, options)
    const watched: ByteSource = {
      ...source,
      size: source.size,
      localFile: source.localFile,
      async *open(openOptions) {
        for await (const chunk of source.open(openOptions)) {
          deadline.restart()
          yield chunk
          deadline.restart()
        }
      }
    }
    try {
      deadline.restart()
      const { signal } = deadline
      return await untilAborted(this.inner.put(path, watched, { ...options, signal }), signal)
    } finally {
      deadline.end()
    }
  }

  protected override async around<T>(
    method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    const deadline = this.#deadline(method, this.#limits.callMs, options)
    try {
      deadline.restart()
      return await untilAborted(call({ ...options, signal: deadline.signal }), deadline.signal)
    } finally {
      deadline.end()
    }
  }

  async *#stream<T>(
    method: string,
    options: CallOptions | undefined,
    open: (signal: AbortSignal) => AsyncIterable<T>
  ): AsyncGenerator<T, void, undefined> {
    const deadline = this.#deadline(method, this.#limits.idleMs, options)
    try {
      deadline.restart()
      for await (const item of abortable(open(deadline.signal), deadline.signal)) {
        deadline.pause()
        yield item
        deadline.restart()
      }
    } finally {
      deadline.end()
    }
  }

  #deadline(method: string, milliseconds: number, options: CallOptions | undefined): Deadline {
    return new Deadline(this.#limits.clock, milliseconds, options?.signal, () => {
      return new StorageError(
        'STORAGE_TIMEOUT',
        `${this.displayName}: ${method} was not answered in ${milliseconds} ms`,
        {
          retry: 'may-help',
          context: { scheme: this.scheme, method, milliseconds }
        }
      )
    })
  }
}
