import type { EngineEvent } from '@tercet/engine'
import type { SyncEvent } from '@tercet/sync-engine'

/**
 * Something that happened. Plain JSON; numbers are totals of the operation so far, never increments. `recreate-start`:
 * so much is fetched to make a catalog of what the destination holds. Those of replication come after a backup.
 */
export type BackupEvent =
  | EngineEvent
  | SyncEvent
  | {
      readonly type: 'read-fallback'
      readonly volume: string
      /** The place that did not give it; the next one is asked. */
      readonly place: string
      readonly reason: 'missing' | 'unreadable' | 'damaged' | 'archived'
    }
  | { readonly type: 'recreate-start'; readonly volumes: number; readonly bytes: number }

/** Display only: not awaited, and an error thrown in it does not affect the operation. */
export type BackupEventListener = (event: BackupEvent) => void
