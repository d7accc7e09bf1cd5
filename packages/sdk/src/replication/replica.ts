import type { CallOptions, StorageBackend } from '@tercet/interface'
import type { PlaceDeclaration } from '@tercet/sync-policy'
import type { JsonValue } from '../settings/setting.ts'

/**
 * When a backup is followed by replication: always; at most so often, as text such as `7D` or in milliseconds; after so
 * many backups.
 */
export type ReplicaSchedule = 'inline' | { readonly every: string | number } | { readonly count: number }

/** A further place that is kept equal to the destination. */
export interface Replica extends PlaceDeclaration {
  /** A backend, or the URL or path of one. A backend is disposed with the backup, unless `keepDestinationOpen`. */
  readonly backend: StorageBackend | string
  /** @defaultValue inline */
  readonly when?: ReplicaSchedule | undefined
  /** Under which its state is kept. @defaultValue made from the place */
  readonly id?: string | undefined
  /** How it is replicated to: keys of a destination in a configuration, such as `retention` or `verify-contents`. */
  readonly options?: Readonly<Record<string, JsonValue>> | undefined
}

/** Where the data that is backed up is, and the destination: what nobody can see, but somebody can say. */
export interface Declarations extends CallOptions {
  readonly source?: PlaceDeclaration | undefined
  readonly primary?: PlaceDeclaration | undefined
}
