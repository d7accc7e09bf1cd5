import type { Catalog, CatalogReader } from '@tercet/core'
import type { Clock, OperationObserver, Secret, StorageBackend } from '@tercet/interface'
import type { EncryptionSettings } from './volume-keys.ts'

/**
 * What operations that read work on. The caller owns all of it: an operation neither closes the catalog nor disposes
 * the backend. With a reader of the catalog they work while another process backs up.
 */
export interface ReadingContext {
  readonly backend: StorageBackend
  readonly catalog: CatalogReader
  /** Undefined: volumes are written plain, and encrypted ones cannot be read. */
  readonly passphrase?: Secret | string | undefined
  /** How volumes are encrypted, and opened where that takes more than the passphrase. */
  readonly encryption?: EncryptionSettings | undefined
  /** Largest block size that is taken from a destination whose settings are not known yet. @defaultValue 16 MiB */
  readonly maxBlocksize?: number | undefined
  /** Threads for reading, hashing and packing; 0 does everything on the calling thread. @defaultValue number of cores, at most 8 */
  readonly workers?: number | undefined
  /** Where the worker module is, for programs that bundle this package. */
  readonly workerUrl?: URL | undefined
  /** Folder for volumes on their way. @defaultValue the system's folder for temporary files */
  readonly spoolFolder?: string | undefined
  /** Further attempts for what other operations than a backup store, each under a name of its own. @defaultValue 5 */
  readonly retries?: number | undefined
  /** Pause before each of them. @defaultValue 10 s */
  readonly retryDelayMs?: number | undefined
  /** @defaultValue that of the system */
  readonly clock?: Clock | undefined
  /** Told each storage, file and catalog step; tests count with it and stop the world in it. */
  readonly observer?: OperationObserver | undefined
}

/** What operations that change the catalog work on. */
export interface EngineContext extends ReadingContext {
  readonly catalog: Catalog
}
