import { destinationState, type SyncState } from './sync-state.ts'

/** How far a destination is behind the backup. */
export interface Staleness {
  /** Backups that were made since what it holds; undefined: it was never replicated to. */
  readonly behindBackups: number | undefined
  /** Seconds between the backup that it holds and the newest. */
  readonly behindSeconds: number | undefined
}

/** How far a destination is behind, as far as is remembered. */
export function stalenessOf(state: SyncState, destinationId: string): Staleness {
  const { syncedBackup } = destinationState(state, destinationId)
  const { lastBackup } = state
  if (syncedBackup === undefined) return { behindBackups: undefined, behindSeconds: undefined }
  const behindBackups = Math.max(0, (lastBackup?.number ?? 0) - syncedBackup.number)
  if (behindBackups === 0) return { behindBackups, behindSeconds: 0 }
  const milliseconds = Math.max(0, (lastBackup?.startedAt ?? 0) - syncedBackup.startedAt)
  return { behindBackups, behindSeconds: Math.floor(milliseconds / 1000) }
}
