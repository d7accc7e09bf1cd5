/** One backup that counts: it ended well, and was neither partial nor a trial. */
export interface CountedBackup {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  /** How many backups there were with it. Only this orders backups: clocks may step. */
  readonly number: number
}

/** What a replica was seen to hold. */
export interface HeldVersions {
  readonly versions: number
  /** When the newest of them was made. Milliseconds since 1970. */
  readonly newestVersionAt: number
}

/** What is remembered of one destination. Times are milliseconds since 1970. */
export interface DestinationState {
  readonly lastAttemptAt?: number | undefined
  readonly lastSuccessAt?: number | undefined
  /** The backup that was replicated last; undefined: none ever was. */
  readonly syncedBackup?: CountedBackup | undefined
  /** What it held then. */
  readonly holds?: HeldVersions | undefined
  /** Attempts that failed since then. */
  readonly consecutiveFailures: number
  readonly lastErrorCode?: string | undefined
}

/**
 * What replication remembers between backups, by the ids of destinations. Plain data, kept apart from the catalog so
 * that it survives its loss. Losing it loses no more than the knowledge of what is due: everything is then.
 */
export interface SyncState {
  readonly version: 1
  /** The last backup that counts. */
  readonly lastBackup?: CountedBackup | undefined
  readonly destinations: Readonly<Record<string, DestinationState>>
}

/** Nothing is known yet. */
export const EMPTY_SYNC_STATE: SyncState = Object.freeze({
  version: 1,
  destinations: Object.freeze(Object.create(null))
})

const UNKNOWN: DestinationState = Object.freeze({ consecutiveFailures: 0 })

/** What is remembered of a destination; of one never heard of, nothing. */
export function destinationState({ destinations }: SyncState, id: string): DestinationState {
  return (Object.hasOwn(destinations, id) ? destinations[id] : undefined) ?? UNKNOWN
}
