import type { Catalog } from '@tercet/core'
import type { Clock, OperationObserver, Secret, StorageBackend } from '@tercet/interface'

/**
 * What every operation works on. The caller owns all of it: an operation neither closes the catalog nor disposes the
 * backend.
 */
export interface EngineContext {
  readonly backend: StorageBackend
  readonly catalog: Catalog
  /** Undefined: volumes are written plain, and encrypted ones cannot be read. */
  readonly passphrase?: Secret | string | undefined
  /** Threads for reading, hashing and packing; 0 does everything on the calling thread. @defaultValue number of cores, at most 8 */
  readonly workers?: number | undefined
  /** Where the worker module is, for programs that bundle this package. */
  readonly workerUrl?: URL | undefined
  /** Folder for volumes on their way. @defaultValue the system's folder for temporary files */
  readonly spoolFolder?: string | undefined
  /** @defaultValue that of the system */
  readonly clock?: Clock | undefined
  /** Told each storage, file and catalog step; tests count with it and stop the world in it. */
  readonly observer?: OperationObserver | undefined
}
