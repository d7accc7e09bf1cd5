import {
  assertKnownKeys,
  type ByteSource,
  type CallOptions,
  type Clock,
  type DeleteFailure,
  type GetOptions,
  isTercetError,
  type ListOptions,
  type PromiseMethod,
  type PutOptions,
  type StorageBackend,
  type StorageEntry,
  StorageError,
  type StorageErrorCode,
  type StorageLayer,
  type StorageMethod,
  systemClock
} from '@tercet/interface'
import { ForwardingBackend } from './forwarding-backend.ts'

export interface RetryOptions {
  /** Attempts in all, the first included. @defaultValue 5 */
  readonly attempts?: number | undefined
  /** Wait before the second attempt, in milliseconds. @defaultValue 1000 */
  readonly delayMs?: number | undefined
  /** What each further wait is multiplied by. @defaultValue 2 */
  readonly backoff?: number | undefined
  /** Longest wait, in milliseconds, unless the server asks for more (up to ten minutes). @defaultValue 60 000 */
  readonly maxDelayMs?: number | undefined
  /** @defaultValue what the backend says: `error.retry` is `may-help` */
  readonly isRetryable?: ((error: unknown) => boolean) | undefined
  /** False: a failed `put` is left to the caller, who may want to try again under another name. @defaultValue true */
  readonly retryPuts?: boolean | undefined
  /** Told of each failure that is followed by another attempt. Errors in it are ignored. */
  readonly onRetry?: ((retry: RetryNotice) => void) | undefined
  readonly clock?: Clock | undefined
}

export interface RetryNotice {
  readonly method: StorageMethod
  readonly error: unknown
  /** The attempt that failed, from 1. */
  readonly attempt: number
  readonly delayMs: number
}

type Resolved = Required<{ [Key in keyof RetryOptions]: Exclude<RetryOptions[Key], undefined> }>

const KEYS = ['attempts', 'delayMs', 'backoff', 'maxDelayMs', 'isRetryable', 'retryPuts', 'onRetry', 'clock']

/**
 * Tries again what failed where a retry may help. The last error of all is marked `exhausted`. An abort is never
 * retried, and ends a wait.
 *
 * Nothing is repeated that could be done twice: a `put` with a condition and a `rename` are left alone. A `get` that has
 * yielded bytes goes on at the offset it has reached, where the backend promises `rangedGet`, and is left alone
 * elsewhere; a `list` begins again and leaves out what it has yielded.
 */
export function retry(options: RetryOptions = {}): StorageLayer {
  assertKnownKeys(options, KEYS, 'retry')
  const resolved: Resolved = {
    attempts: options.attempts ?? 5,
    delayMs: options.delayMs ?? 1000,
    backoff: options.backoff ?? 2,
    maxDelayMs: options.maxDelayMs ?? 60_000,
    isRetryable: options.isRetryable ?? ((error) => isTercetError(error) && error.retry === 'may-help'),
    retryPuts: options.retryPuts ?? true,
    onRetry: options.onRetry ?? (() => {}),
    clock: options.clock ?? systemClock
  }
  if (!Number.isSafeInteger(resolved.attempts) || resolved.attempts < 1) {
    throw new RangeError(`attempts must be at least 1, not ${resolved.attempts}`)
  }
  for (const key of ['delayMs', 'backoff', 'maxDelayMs'] as const) {
    if (!(resolved[key] >= 0)) throw new RangeError(`${key} must be at least 0, not ${resolved[key]}`)
  }
  return (inner) => new RetryingBackend(inner, resolved)
}

class RetryingBackend extends ForwardingBackend {
  readonly #options: Resolved

  constructor(inner: StorageBackend, options: Resolved) {
    super(inner)
    this.#options = options
  }

  override async *list(options?: ListOptions): AsyncGenerator<StorageEntry, void, undefined> {
    const yielded = new Set<string>()
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const entry of this.inner.list(options)) {
          if (yielded.has(entry.path)) continue
          yielded.add(entry.path)
          attempt = 1
          yield entry
        }
        return
      } catch (error) {
        await this.#waitAfter(error, 'list', attempt, options)
      }
    }
  }

  override async *get(path: string, options?: GetOptions): AsyncGenerator<Uint8Array, void, undefined> {
    let received = 0
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const chunk of this.inner.get(path, rest(options, received))) {
          received += chunk.byteLength
          attempt = 1
          yield chunk
        }
        return
      } catch (error) {
        if (received > 0 && !this.capabilities.rangedGet) throw error
        if (received > 0 && received === options?.length) return // all that was asked for has arrived
        await this.#waitAfter(error, 'get', attempt, options)
      }
    }
  }

  override put(path: string, source: ByteSource, options?: PutOptions): Promise<StorageEntry> {
    const conditional = options?.ifAbsent === true || options?.ifMatch !== undefined
    if (conditional || !this.#options.retryPuts) return this.inner.put(path, source, options)
    return super.put(path, source, options)
  }

  override rename(from: string, to: string, options?: CallOptions): Promise<void> {
    return this.inner.rename(from, to, options)
  }

  override async deleteMany(
    paths: readonly string[],
    options?: CallOptions
  ): Promise<readonly DeleteFailure[]> {
    const final: DeleteFailure[] = []
    let pending = paths
    for (let attempt = 1; ; attempt++) {
      const failures = await super.deleteMany(pending, options)
      const again = failures.filter(
        ({ error }) => attempt < this.#options.attempts && this.#options.isRetryable(error)
      )
      final.push(...failures.filter((failure) => !again.includes(failure)))
      const [first] = again
      if (first === undefined)
        return final.map(({ path, error }) => ({ path, error: this.#exhausted(error, attempt) }))
      pending = again.map(({ path }) => path)
      await this.#waitAfter(first.error, 'deleteMany', attempt, options)
    }
  }

  protected override async around<T>(
    method: PromiseMethod,
    options: CallOptions | undefined,
    call: (options: CallOptions | undefined) => Promise<T>
  ): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call(options)
      } catch (error) {
        await this.#waitAfter(error, method, attempt, options)
      }
    }
  }

  /** Resolves when the next attempt may begin; rejects when there is none. */
  async #waitAfter(
    error: unknown,
    method: RetryNotice['method'],
    attempt: number,
    options: CallOptions | undefined
  ): Promise<void> {
    if (options?.signal?.aborted) throw options.signal.reason
    const { attempts, delayMs, backoff, maxDelayMs, isRetryable, onRetry, clock } = this.#options
    if (!isRetryable(error)) throw error
    if (attempt >= attempts) throw this.#exhausted(error, attempt)
    const wait = Math.max(Math.min(maxDelayMs, delayMs * backoff ** (attempt - 1)), askedFor(error))
    try {
      onRetry({ method, error, attempt, delayMs: wait })
    } catch {
      // Display only.
    }
    await clock.sleep(wait, options)
  }

  #exhausted(error: unknown, attempts: number): unknown {
    if (!isTercetError<StorageErrorCode>(error) || !this.#options.isRetryable(error)) return error
    return new StorageError(error.code, `${error.message} (given up after ${attempts} attempts)`, {
      cause: error,
      retry: 'exhausted',
      context: { ...error.context, attempts }
    })
  }
}

/** Longest wait that a server is believed to need, in milliseconds. */
const MAX_ASKED_MS = 600_000

/** What the server asked for by `Retry-After`. */
function askedFor(error: unknown): number {
  const asked = isTercetError(error) ? error.context['retryAfterMs'] : undefined
  return typeof asked === 'number' && asked > 0 ? Math.min(asked, MAX_ASKED_MS) : 0
}

/** What is left to get when `received` bytes have arrived. */
function rest(options: GetOptions | undefined, received: number): GetOptions | undefined {
  if (received === 0) return options
  const length = options?.length
  return {
    ...options,
    offset: (options?.offset ?? 0) + received,
    ...(length === undefined ? {} : { length: length - received })
  }
}
