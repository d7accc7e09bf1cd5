import type { Clock, StorageBackend, StorageLayer } from '@tercet/interface'
import { compose, type RetryNotice, retry, throttle, timeout } from '@tercet/storage-layers'

export interface StorageStackOptions {
  readonly retries: number
  readonly retryDelayMs: number
  readonly retryBackoff: boolean
  /** 0: no limit. */
  readonly timeoutMs: number
  readonly uploadBytesPerSecond?: number | undefined
  readonly downloadBytesPerSecond?: number | undefined
  readonly clock?: Clock | undefined
  readonly onRetry?: ((retry: RetryNotice) => void) | undefined
}

/**
 * Each attempt has a time limit, failed attempts are repeated, and waiting for bandwidth counts for neither. A failed
 * `put` of a volume is not repeated here: the engine does that, under a new name, so that a late answer cannot harm.
 */
export function stackLayers(backend: StorageBackend, options: StorageStackOptions): StorageBackend {
  const { clock, uploadBytesPerSecond, downloadBytesPerSecond } = options
  const layers: StorageLayer[] = []
  if (options.timeoutMs > 0)
    layers.push(timeout({ callMs: options.timeoutMs, idleMs: options.timeoutMs, clock }))
  layers.push(
    retry({
      attempts: options.retries + 1,
      delayMs: options.retryDelayMs,
      backoff: options.retryBackoff ? 2 : 1,
      retryPuts: false,
      onRetry: options.onRetry,
      clock
    })
  )
  if (uploadBytesPerSecond !== undefined || downloadBytesPerSecond !== undefined)
    layers.push(throttle({ uploadBytesPerSecond, downloadBytesPerSecond, clock }))
  return compose(backend, ...layers)
}
