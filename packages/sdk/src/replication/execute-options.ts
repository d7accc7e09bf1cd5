import type { Clock, StorageBackend } from '@tercet/interface'
import { throttle } from '@tercet/storage-layers'
import type { ExecuteSyncOptions } from '@tercet/sync-engine'
import type { SyncConfiguration, SyncDestination } from '@tercet/sync-policy'

/** How a plan is carried out: what is one for all destinations. Each has the rest in its own settings. */
export function executeOptions({ run }: SyncConfiguration): ExecuteSyncOptions {
  return {
    concurrency: { download: run.concurrencyDownload },
    throttleDownload: run.throttleDownload,
    spoolMaxBytes: run.spoolMaxSize,
    slowReplicas: run.slowDestination
  }
}

/** The backend of a destination, with the limit that the destination has. */
export function throttled(
  backend: StorageBackend,
  { options }: SyncDestination,
  clock: Clock | undefined
): StorageBackend {
  const uploadBytesPerSecond = options.throttleUpload
  return uploadBytesPerSecond === undefined ? backend : throttle({ uploadBytesPerSecond, clock })(backend)
}
