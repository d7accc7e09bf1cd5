import type { SyncConfiguration, SyncDestination, SyncTrigger } from '../configuration/configuration.ts'
import { type FinishedBackup, isCounted } from './finished-backup.ts'
import { type DestinationState, destinationState, type SyncState } from './sync-state.ts'

/** Why a destination is replicated to now. */
export type DueReason =
  | 'inline'
  | 'never-synced'
  | 'interval-elapsed'
  | 'count-reached'
  | 'clock-stepped-back'

/**
 * Why it is not. The first four concern all destinations: the backup failed, ended with warnings while
 * `sync-on-warnings` is off, was stopped while `sync-on-partial` is off, or was a trial.
 */
export type SkipReason =
  | 'backup-failed'
  | 'backup-with-warnings'
  | 'backup-partial'
  | 'dry-run'
  | 'blank-url'
  | 'interval-not-elapsed'
  | 'count-not-reached'

/** What is to be done for one destination after a backup. */
export type SyncDecision = { readonly destination: SyncDestination } & (
  | { readonly isDue: true; readonly reason: DueReason }
  | {
      readonly isDue: false
      readonly reason: SkipReason
      /** From when a backup is followed by a sync. Milliseconds since 1970. */
      readonly dueAt?: number | undefined
      /** Backups until one is followed by a sync. */
      readonly backupsLeft?: number | undefined
    }
)

type Due = Extract<SyncDecision, { isDue: true }> | Extract<SyncDecision, { isDue: false }>
type Verdict = Due extends infer Each ? (Each extends Due ? Omit<Each, 'destination'> : never) : never

/** A run takes a moment, so a daily backup starts a little less than a day after the one before. */
const TOLERANCE_PART = 0.01
const MOST_TOLERANCE_MS = 3_600_000

/**
 * Decides for each destination of a configuration, in its order, whether it is replicated to after `backup`. `state` is
 * what was remembered before that backup; a missed schedule is not made up for, the next backup runs once.
 */
export function decideSync(
  configuration: SyncConfiguration,
  state: SyncState,
  backup: FinishedBackup
): SyncDecision[] {
  const skip = skipOfAll(configuration, backup)
  const number = numberOf(state, backup)
  return configuration.destinations.map((destination) => {
    if (skip !== undefined) return { destination, isDue: false, reason: skip }
    if (destination.isBlank) return { destination, isDue: false, reason: 'blank-url' }
    const known = destinationState(state, destination.id)
    return { destination, ...decide(destination.trigger, known, backup.startedAt, number) }
  })
}

function skipOfAll(
  { syncOnWarnings, syncOnPartial }: SyncConfiguration,
  { outcome, isPartial, isDryRun }: FinishedBackup
): SkipReason | undefined {
  if (isDryRun) return 'dry-run'
  if (outcome === 'error') return 'backup-failed'
  if (isPartial || outcome === 'stopped') return syncOnPartial ? undefined : 'backup-partial'
  return outcome === 'warning' && !syncOnWarnings ? 'backup-with-warnings' : undefined
}

/** How many backups there are with this one. */
function numberOf({ lastBackup }: SyncState, backup: FinishedBackup): number {
  const before = lastBackup?.number ?? 0
  return isCounted(backup) && backup.id !== lastBackup?.id ? before + 1 : before
}

function decide(
  trigger: SyncTrigger,
  { syncedBackup }: DestinationState,
  startedAt: number,
  number: number
): Verdict {
  if (trigger.mode === 'inline') return { isDue: true, reason: 'inline' }
  if (syncedBackup === undefined) return { isDue: true, reason: 'never-synced' }
  if (trigger.mode === 'counting') {
    const backupsLeft = trigger.count - (number - syncedBackup.number)
    return backupsLeft <= 0
      ? { isDue: true, reason: 'count-reached' }
      : { isDue: false, reason: 'count-not-reached', backupsLeft }
  }
  const { intervalMs } = trigger
  const tolerance = Math.min(intervalMs * TOLERANCE_PART, MOST_TOLERANCE_MS)
  const elapsed = startedAt - syncedBackup.startedAt
  if (elapsed >= intervalMs - tolerance) return { isDue: true, reason: 'interval-elapsed' }
  // A sync in the future tells nothing about how old the replica is.
  if (elapsed < -tolerance) return { isDue: true, reason: 'clock-stepped-back' }
  return {
    isDue: false,
    reason: 'interval-not-elapsed',
    dueAt: syncedBackup.startedAt + intervalMs - tolerance
  }
}
