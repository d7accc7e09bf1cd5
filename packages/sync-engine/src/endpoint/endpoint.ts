import {
  type CallOptions,
  type Clock,
  isTercetError,
  type StorageBackend,
  untilAborted
} from '@tercet/interface'
import type { SyncEvent } from '../sync-event.ts'
import { Gate } from './gate.ts'

/** What a call is counted as, for the limits. */
export type CallKind = 'download' | 'upload' | 'delete' | 'other'

export interface EndpointOptions {
  readonly backend: StorageBackend
  /** Shown in events. */
  readonly name: string
  /** Attempts in all. */
  readonly attempts: number
  readonly delayMs: number
  readonly exponential: boolean
  readonly clock: Clock
  readonly random: () => number
  readonly limits: Readonly<Record<CallKind, number>>
  /** Shared by all places of a run. */
  readonly total?: Gate | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
}

export interface RunCallOptions extends CallOptions {
  /** For events. */
  readonly method: string
}

const MAX_DELAY_MS = 60_000
const JITTER = 0.2

/** One place, with the limits, the retries and the patience that its calls have in common. */
export class Endpoint {
  readonly backend: StorageBackend
  readonly #options: EndpointOptions
  readonly #gates: Readonly<Record<CallKind, Gate>>

  constructor(options: EndpointOptions) {
    this.backend = options.backend
    this.#options = options
    const { clock, limits } = options
    this.#gates = {
      download: new Gate(clock, limits.download),
      upload: new Gate(clock, limits.upload),
      delete: new Gate(clock, limits.delete),
      other: new Gate(clock, limits.other)
    }
  }

  get name(): string {
    return this.#options.name
  }

  /**
   * Runs a call that can be repeated, and repeats it where a retry may help. Rejects with the last failure, and with the
   * reason of an abort as soon as it comes, whatever the backend does.
   */
  async run<T>(kind: CallKind, options: RunCallOptions, call: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(kind, options, call)
      } catch (error) {
        if (options.signal?.aborted) throw options.signal.reason
        if (attempt >= Math.max(1, this.#options.attempts) || !mayHelp(error)) throw error
        await this.#pause(error, attempt, options)
      }
    }
  }

  /** A place among the calls of that kind, for one that lasts as long as its user likes. */
  async hold(kind: CallKind, options: CallOptions): Promise<Disposable> {
    const gate = this.#gates[kind]
    await gate.enter(options)
    return { [Symbol.dispose]: () => gate.leave() }
  }

  async #attempt<T>(kind: CallKind, options: RunCallOptions, call: () => Promise<T>): Promise<T> {
    const gate = this.#gates[kind]
    const { total } = this.#options
    const startedAt = await gate.enter(options)
    try {
      await total?.enter(options)
      try {
        const result = await untilAborted(call(), options.signal)
        gate.succeeded()
        return result
      } finally {
        total?.leave()
      }
    } catch (error) {
      if (isTercetError(error, 'STORAGE_RATE_LIMITED')) gate.slowDown(startedAt, retryAfterOf(error))
      throw error
    } finally {
      gate.leave()
    }
  }

  async #pause(error: unknown, attempt: number, options: RunCallOptions): Promise<void> {
    const { delayMs, exponential, clock, random, onEvent, name } = this.#options
    const doubled = Math.min(MAX_DELAY_MS, delayMs * (exponential ? 2 ** (attempt - 1) : 1))
    const wait = Math.max(doubled * (1 + JITTER * (2 * random() - 1)), retryAfterOf(error) ?? 0)
    onEvent?.({
      type: 'sync-retry',
      place: name,
      method: options.method,
      attempt,
      delayMs: Math.round(wait),
      message: error instanceof Error ? error.message : String(error)
    })
    await clock.sleep(Math.round(wait), options)
  }
}

function mayHelp(error: unknown): boolean {
  return isTercetError(error) && error.retry === 'may-help'
}

function retryAfterOf(error: unknown): number | undefined {
  const value = isTercetError(error) ? error.context['retryAfterMs'] : undefined
  return typeof value === 'number' && value >= 0 ? value : undefined
}
