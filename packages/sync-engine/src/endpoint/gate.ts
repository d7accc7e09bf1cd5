import type { CallOptions, Clock } from '@tercet/interface'

/** Successes in a row after which one more call at once is tried. */
const RAISE_AFTER = 20
/** Least pause between two starts once a single call at a time was too many. */
const FIRST_INTERVAL_MS = 50
const MAX_INTERVAL_MS = 60_000

/**
 * Lets so many calls run at once, in the order in which they asked. When a store asks to slow down, half as many, and
 * from one at a time on with pauses between their starts; after each 20 successes a little more.
 */
export class Gate {
  readonly #clock: Clock
  readonly #most: number
  #limit: number
  #running = 0
  #intervalMs = 0
  #startableAt = 0
  #slowedAt = Number.NEGATIVE_INFINITY
  #successes = 0
  readonly #waiting: { open(): void }[] = []

  constructor(clock: Clock, most: number) {
    this.#clock = clock
    this.#most = most
    this.#limit = most
  }

  /** Calls that may run at once now. */
  get limit(): number {
    return this.#limit
  }

  /** Resolves when the call may start; then `leave` is due. Resolves with the time of the start. */
  async enter(options?: CallOptions): Promise<number> {
    await this.#place(options?.signal)
    try {
      for (;;) {
        options?.signal?.throwIfAborted()
        const now = this.#clock.monotonic()
        const wait = this.#startableAt - now
        if (wait <= 0) {
          this.#startableAt = now + this.#intervalMs
          return now
        }
        await this.#clock.sleep(Math.ceil(wait), options)
      }
    } catch (error) {
      this.leave()
      throw error
    }
  }

  leave(): void {
    this.#running--
    this.#admit()
  }

  succeeded(): void {
    if (++this.#successes < RAISE_AFTER) return
    this.#successes = 0
    if (this.#intervalMs > 0)
      this.#intervalMs = this.#intervalMs > FIRST_INTERVAL_MS ? this.#intervalMs * 0.9 : 0
    else if (this.#limit < this.#most) this.#limit++
    this.#admit()
  }

  /** A call that was started at `startedAt` was told to slow down. Those started before the last time tell nothing new. */
  slowDown(startedAt: number, retryAfterMs: number | undefined): void {
    const now = this.#clock.monotonic()
    this.#startableAt = Math.max(this.#startableAt, now + (retryAfterMs ?? 0))
    this.#successes = 0
    if (startedAt < this.#slowedAt) return
    this.#slowedAt = now
    if (this.#limit > 1) this.#limit = Math.floor(this.#limit / 2)
    else this.#intervalMs = Math.min(MAX_INTERVAL_MS, Math.max(FIRST_INTERVAL_MS, this.#intervalMs * 2))
  }

  #place(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#running < this.#limit && this.#waiting.length === 0) {
      this.#running++
      return Promise.resolve()
    }
    return new Promise<void>((resolve, reject) => {
      const entry = {
        open: () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(entry)
    })
  }

  #admit(): void {
    while (this.#running < this.#limit) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#running++
      next.open()
    }
  }
}
