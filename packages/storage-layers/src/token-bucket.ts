import { type CallOptions, type Clock, untilAborted } from '@tercet/interface'

/** How much of a second's bytes may pass at once after a pause. */
const BURST_SECONDS = 0.25

/**
 * Lets so many bytes a second pass, for all that take from it together, in the order in which they asked. The rate may
 * be changed while they wait.
 */
export class TokenBucket {
  readonly #clock: Clock
  #rate: number | undefined
  #tokens = 0
  #filledAt: number
  #turn: Promise<void> = Promise.resolve()
  #rateChange = new AbortController()

  /** @param bytesPerSecond undefined: no limit */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock
    this.#filledAt = clock.monotonic()
    this.#rate = bytesPerSecond
    this.#tokens = (bytesPerSecond ?? 0) * BURST_SECONDS
  }

  get rate(): number | undefined {
    return this.#rate
  }

  set rate(bytesPerSecond: number | undefined) {
    this.#fill()
    this.#rate = bytesPerSecond
    this.#tokens = Math.min(this.#tokens, (bytesPerSecond ?? 0) * BURST_SECONDS)
    this.#rateChange.abort()
    this.#rateChange = new AbortController()
  }

  /** Most bytes to be taken at once, so that they flow evenly and a change of the rate is felt soon. */
  get portion(): number {
    return this.#rate === undefined
      ? Number.POSITIVE_INFINITY
      : Math.max(1, Math.floor(this.#rate * BURST_SECONDS))
  }

  /** Resolves when that many bytes may pass. */
  async take(bytes: number, options?: CallOptions): Promise<void> {
    const { promise: next, resolve: pass } = Promise.withResolvers<void>()
    const turn = this.#turn
    this.#turn = next
    try {
      await untilAborted(turn, options?.signal)
      await this.#wait(bytes, options)
    } finally {
      void turn.then(pass) // an aborted one passes on its turn when it comes
    }
  }

  async #wait(bytes: number, options: CallOptions | undefined): Promise<void> {
    while (this.#rate !== undefined) {
      options?.signal?.throwIfAborted()
      this.#fill()
      const missing = Math.min(bytes, this.portion) - this.#tokens
      if (missing <= 0) {
        this.#tokens -= bytes
        return
      }
      const change = this.#rateChange.signal
      const signal = options?.signal === undefined ? change : AbortSignal.any([options.signal, change])
      try {
        await this.#clock.sleep(Math.ceil((missing / this.#rate) * 1000), { signal })
      } catch (error) {
        if (!change.aborted || options?.signal?.aborted) throw error
      }
    }
  }

  #fill(): void {
    const now = this.#clock.monotonic()
    const rate = this.#rate ?? 0
    this.#tokens = Math.min(rate * BURST_SECONDS, this.#tokens + ((now - this.#filledAt) / 1000) * rate)
    this.#filledAt = now
  }
}
