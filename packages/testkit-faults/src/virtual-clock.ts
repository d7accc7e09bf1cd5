import type { CallOptions, Clock } from '@tercet/interface'

export interface VirtualClockOptions {
  /** Time of day at the start. @defaultValue 2025-01-01T00:00:00Z */
  readonly startAt?: Date | undefined
  /**
   * True: when everything waits, time moves on by itself to the moment the next sleeper wants. False: only
   * `advance` moves it. @defaultValue true
   */
  readonly auto?: boolean | undefined
}

/** A clock on which hours pass in no time. */
export interface VirtualClock extends Clock {
  /** Moves time on and wakes each sleeper at its moment; resolves when those that were woken wait again. */
  advance(milliseconds: number): Promise<void>
  /** Sets the time of day forward or back, as an operator would; durations are not affected. */
  jump(milliseconds: number): void
  /** Milliseconds that have passed since the start. */
  readonly elapsedMs: number
  /** How many are sleeping. */
  readonly sleepers: number
}

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  return new SimulatedClock(options)
}

interface Sleeper {
  readonly until: number
  wake(): void
}

class SimulatedClock implements VirtualClock {
  readonly #auto: boolean
  readonly #sleepers: Sleeper[] = []
  #elapsed = 0
  #dayOffset: number
  #waking = false

  constructor(options: VirtualClockOptions) {
    this.#auto = options.auto ?? true
    this.#dayOffset = (options.startAt ?? new Date('2025-01-01T00:00:00Z')).getTime()
  }

  get elapsedMs(): number {
    return this.#elapsed
  }

  get sleepers(): number {
    return this.#sleepers.length
  }

  now(): number {
    return Math.floor(this.#dayOffset + this.#elapsed)
  }

  monotonic(): number {
    return this.#elapsed
  }

  jump(milliseconds: number): void {
    this.#dayOffset += milliseconds
  }

  sleep(milliseconds: number, options?: CallOptions): Promise<void> {
    const signal = options?.signal
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1)
        reject(signal?.reason)
      }
      const sleeper: Sleeper = {
        until: this.#elapsed + Math.max(0, milliseconds),
        wake() {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        }
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#sleepers.push(sleeper)
      if (this.#auto) this.#wakeWhenIdle()
    })
  }

  async advance(milliseconds: number): Promise<void> {
    const target = this.#elapsed + milliseconds
    await idle()
    for (let next = this.#next(); next !== undefined && next.until <= target; next = this.#next()) {
      this.#wake(next)
      await idle()
    }
    this.#elapsed = target
  }

  #next(): Sleeper | undefined {
    let next: Sleeper | undefined
    for (const sleeper of this.#sleepers) if (next === undefined || sleeper.until < next.until) next = sleeper
    return next
  }

  #wake(sleeper: Sleeper): void {
    this.#elapsed = Math.max(this.#elapsed, sleeper.until)
    this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1)
    sleeper.wake()
  }

  #wakeWhenIdle(): void {
    if (this.#waking) return
    this.#waking = true
    void idle().then(() => {
      this.#waking = false
      const next = this.#next()
      if (next === undefined) return
      this.#wake(next)
      if (this.#sleepers.length > 0) this.#wakeWhenIdle()
    })
  }
}

/** Lets everything that can go on without waiting go on. */
function idle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
