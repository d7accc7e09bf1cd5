/** How far one replica is. */
export interface ReplicaProgress {
  readonly id: string
  readonly state: 'waiting' | 'copying' | 'deleting' | 'done' | 'failed'
  readonly files: number
  readonly totalFiles: number
  readonly bytes: number
  readonly totalBytes: number
  readonly bytesPerSecond: number
}

/**
 * What is told while a plan is made and carried out. Progress comes at most five times a second; for a replica that has
 * ended there is one last.
 */
export type SyncEvent =
  | { readonly type: 'sync-list'; readonly place: string; readonly files: number }
  | { readonly type: 'sync-verify'; readonly replica: string; readonly files: number; readonly bytes: number }
  | { readonly type: 'sync-progress'; readonly replicas: readonly ReplicaProgress[] }
  | {
      readonly type: 'sync-retry'
      readonly place: string
      readonly method: string
      readonly attempt: number
      readonly delayMs: number
      readonly message: string
    }
  | { readonly type: 'sync-replan'; readonly pass: number }
  | { readonly type: 'replica-detach'; readonly replica: string }
  | {
      readonly type: 'replica-end'
      readonly replica: string
      readonly status: 'succeeded' | 'partial' | 'failed' | 'skipped'
    }
