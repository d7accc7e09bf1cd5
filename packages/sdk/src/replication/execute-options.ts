import type { Clock, StorageBackend } from '@tercet/interface'
import { throttle } from '@tercet/storage-layers'
import type { ExecuteSyncOptions } from '@tercet/sync-engine'
import type { SyncConfiguration, SyncDestination } from '@tercet/sync-policy'

/** How a plan for these destinations is carried out. Where they differ in what is one for all, the least counts. */
export function executeOptions(
  { run }: SyncConfiguration,
  destinations: readonly SyncDestination[]
): ExecuteSyncOptions {
  const least = (of: (destination: SyncDestination) => number): number => Math.min(...destinations.map(of))
  return {
    concurrency: {
      download: run.concurrencyDownload,
      upload: least(({ options }) => options.concurrencyUpload),
      delete: least(({ options }) => options.concurrencyDelete)
    },
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
