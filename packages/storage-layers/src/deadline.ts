import type { Clock } from '@tercet/interface'

/** A reason that nobody sees: without one, each stop would cost an error with a stack. */
const STOPPED = Symbol('stopped')

/** A signal that is aborted when time is up, or when the caller aborts. */
export class Deadline {
  readonly signal: AbortSignal
  readonly #clock: Clock
  readonly #milliseconds: number
  readonly #error: () => unknown
  readonly #late = new AbortController()
  #running: AbortController | undefined

  constructor(clock: Clock, milliseconds: number, signal: AbortSignal | undefined, error: () => unknown) {
    this.#clock = clock
    this.#milliseconds = milliseconds
    this.#error = error
    this.signal = signal === undefined ? this.#late.signal : AbortSignal.any([signal, this.#late.signal])
  }

  /** Gives the whole time again from now on. */
  restart(): void {
    this.stop()
    const running = new AbortController()
    this.#running = running
    this.#clock.sleep(this.#milliseconds, { signal: running.signal }).then(
      () => this.#late.abort(this.#error()),
      () => {} // stopped in time
    )
  }

  stop(): void {
    this.#running?.abort(STOPPED)
    this.#running = undefined
  }
}
