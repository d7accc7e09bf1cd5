import type { Clock } from '@tercet/interface'

/** A reason that nobody sees: without one, each end would cost an error with a stack. */
const ENDED = Symbol('ended')

/**
 * A signal that is aborted when time is up, or when the caller aborts. One timer serves for the whole call: when it
 * goes off early, because time was given anew, it is set for the rest.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #milliseconds: number
  readonly #error: () => unknown
  readonly #caller: AbortSignal | undefined
  readonly #late = new AbortController()
  #dueAt: number | undefined
  #timer: AbortController | undefined

  constructor(clock: Clock, milliseconds: number, caller: AbortSignal | undefined, error: () => unknown) {
    this.#clock = clock
    this.#milliseconds = milliseconds
    this.#error = error
    this.#caller = caller
    if (caller?.aborted) this.#follow()
    else caller?.addEventListener('abort', this.#follow, { once: true })
  }

  get signal(): AbortSignal {
    return this.#late.signal
  }

  /** Gives the whole time again from now on. */
  restart(): void {
    this.#dueAt = this.#clock.monotonic() + this.#milliseconds
    if (this.#timer === undefined) void this.#watch(new AbortController())
  }

  /** Time does not count until it is given again. */
  pause(): void {
    this.#dueAt = undefined
  }

  /** The call is over: nothing is left of the deadline. */
  end(): void {
    this.#dueAt = undefined
    this.#timer?.abort(ENDED)
    this.#caller?.removeEventListener('abort', this.#follow)
  }

  readonly #follow = (): void => this.#late.abort(this.#caller?.reason)

  async #watch(timer: AbortController): Promise<void> {
    this.#timer = timer
    try {
      while (this.#dueAt !== undefined) {
        const left = this.#dueAt - this.#clock.monotonic()
        if (left <= 0) return this.#late.abort(this.#error())
        await this.#clock.sleep(left, { signal: timer.signal })
      }
    } catch {
      // The call has ended in time.
    } finally {
      this.#timer = undefined
    }
  }
}
