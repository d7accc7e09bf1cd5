import type { BackendCredentials, BackendScheme, CallOptions, Clock, StorageBackend } from '@tercet/interface'
import type { SyncEvent } from '@tercet/sync-engine'
import type { Replica } from '../replication/replica.ts'

/** What is mirrored where. Either `replicas` or `syncConfiguration` is needed. */
export interface MirrorOptions extends CallOptions {
  /** A backend, or the URL or path of one. A backend is disposed with the mirror, unless `keepOpen`. */
  readonly primary: StorageBackend | string
  /** Where to. When a replica is due does not matter here. */
  readonly replicas?: readonly Replica[] | undefined
  /** The same as a configuration: JSON, the name of a file with it, or an object. */
  readonly syncConfiguration?: string | object | undefined
  /** What an object of configuration is called in messages. @defaultValue remote-sync-config */
  readonly where?: string | undefined
  /** The backends that were given are not disposed with the mirror. @defaultValue false */
  readonly keepOpen?: boolean | undefined
  /** What URLs are understood besides `file:` and plain paths. */
  readonly backends?: readonly BackendScheme[] | undefined
  /** Those of the primary, for a URL. */
  readonly credentials?: BackendCredentials | undefined
  /** Options of the backend of the primary, for a URL. */
  readonly backendOptions?: Readonly<Record<string, string>> | undefined
  /** First part of the names of the volumes. @defaultValue that of the volumes at the primary, if it is one */
  readonly prefix?: string | undefined
  /** @defaultValue the system's folder for temporary files */
  readonly spoolFolder?: string | undefined
  /** Longest time in which nothing moves in a transfer; 0: no limit. @defaultValue 600 000 */
  readonly timeoutMs?: number | undefined
  /**
   * File of the catalog beside which it is remembered what replicas hold and when it was verified.
   *
   * @defaultValue that of the backup at the primary
   */
  readonly catalogPath?: string | undefined
  /** @defaultValue that of the system */
  readonly clock?: Clock | undefined
}

export const MIRROR_KEYS = [
  'primary',
  'replicas',
  'syncConfiguration',
  'where',
  'keepOpen',
  'backends',
  'credentials',
  'backendOptions',
  'prefix',
  'spoolFolder',
  'timeoutMs',
  'catalogPath',
  'clock',
  'signal'
] as const satisfies readonly (keyof MirrorOptions)[]

/** How a call is ended and followed. */
export interface MirrorCalls extends CallOptions {
  /** Display only: not awaited, and an error thrown in it does not affect the operation. */
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
}
