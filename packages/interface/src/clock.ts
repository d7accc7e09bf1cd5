import type { CallOptions } from './call-options.ts'

/** Time, passed in wherever something waits or is dated, so that a test decides how it goes on. */
export interface Clock {
  /** The time of day: milliseconds since 1970 UTC. It may jump, backwards too. */
  now(): number
  /** Milliseconds since some moment in the past; never runs backwards. For durations and rates. */
  monotonic(): number
  /** Resolves after that many milliseconds; an abort rejects with `signal.reason` at once. */
  sleep(milliseconds: number, options?: CallOptions): Promise<void>
}

/** The longest delay a timer takes; longer ones would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

/** The clock of this machine. A pending `sleep` keeps the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(milliseconds: number, options?: CallOptions) {
    const signal = options?.signal
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        clearTimeout(timer)
        reject(signal?.reason)
      }
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
        Math.min(Math.max(0, milliseconds), MAX_TIMER_MS)
      )
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
})
