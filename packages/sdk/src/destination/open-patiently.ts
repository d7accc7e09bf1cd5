import { type CallOptions, type Clock, isTercetError, systemClock } from '@tercet/interface'

export interface PatienceOptions extends CallOptions {
  /** Further attempts. */
  readonly retries: number
  readonly retryDelayMs: number
  readonly clock?: Clock | undefined
}

/** Opens what may be out of reach for a moment: where the backend says that a retry may help, it is tried again. */
export async function openPatiently<Opened>(
  open: () => Promise<Opened>,
  { retries, retryDelayMs, clock = systemClock, signal }: PatienceOptions
): Promise<Opened> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open()
    } catch (error) {
      if (attempt >= retries || !isTercetError(error) || error.retry !== 'may-help') throw error
      const asked = error.context['retryAfterMs']
      await clock.sleep(Math.max(retryDelayMs, typeof asked === 'number' ? asked : 0), { signal })
    }
  }
}
