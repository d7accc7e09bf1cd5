import { type CallOptions, type Clock, systemClock } from '@tercet/interface'

export interface TryAgainOptions extends CallOptions {
  readonly retries?: number | undefined
  readonly retryDelayMs?: number | undefined
  readonly clock?: Clock | undefined
}

const RETRIES = 3
const DELAY_MS = 1000

/** Tries until it succeeds, or the attempts are used up, or one was refused for good. @throws what the last one threw */
export async function tryAgain<T>(
  attempt: () => Promise<T>,
  isFinal: (error: unknown) => boolean,
  { retries = RETRIES, retryDelayMs = DELAY_MS, clock = systemClock, signal }: TryAgainOptions
): Promise<T> {
  for (let tries = 0; ; tries++) {
    signal?.throwIfAborted()
    try {
      return await attempt()
    } catch (error) {
      if (signal?.aborted || tries >= retries || isFinal(error)) throw error
      await clock.sleep(retryDelayMs, { signal })
    }
  }
}
