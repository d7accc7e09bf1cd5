import type { CallOptions, Clock, StorageBackend } from '@tercet/interface'
import type { VerifyContent } from './copies/content-check.ts'
import type { SyncLedger } from './ledger.ts'
import type { SyncEvent } from './sync-event.ts'

/**
 * When files go that the primary no longer has.
 *
 * - `after-copy` at the end: every version of the replica can be restored at every moment
 * - `before-copy` at first, which needs the least space: between the first deletion and the last copy the replica may
 *   restore nothing
 * - `interleaved` some at first, so that the newest version of the primary fits, while the newest one that the replica
 *   can restore stays whole; the rest at the end. Needs `requiredVolumes`
 * - `auto` `after-copy` where there is room for it or the room is not known, else `interleaved`, else nothing is done
 */
export type DeleteOrder = 'auto' | 'after-copy' | 'before-copy' | 'interleaved'

/** How content is compared: not at all beyond the listing, by digests that the store gives, or by reading it. */
export type VerifyLevel = 'none' | 'listing' | 'checksum' | 'download'

/** A digest that is known for a file of the primary from when it was stored there. */
export interface RecordedFile {
  readonly sizeBytes: number
  readonly hash: Uint8Array
  readonly hashAlgorithm: 'MD5' | 'SHA1' | 'SHA256' | 'SHA384' | 'SHA512'
}

/** Files on this machine that hold what was just uploaded to the primary. */
export interface LocalVolumes {
  /** A file whose bytes may be those of that name; its hash is checked before it is used. */
  find(path: string, sizeBytes: number): Promise<string | undefined> | string | undefined
}

/** What may differ from replica to replica. */
export interface ReplicaSettings {
  /** @defaultValue 'auto' */
  readonly deleteOrder?: DeleteOrder | undefined
  /** Rename instead of delete, and keep what is replaced, as `<time>.old.<name>`. @defaultValue false */
  readonly retention?: boolean | undefined
  /** Renamed files that are older go. @defaultValue they stay */
  readonly retentionKeepMs?: number | undefined
  /** Of several renamed files of one name, so many of the latest stay. @defaultValue all */
  readonly retentionKeepCount?: number | undefined
  /** Put every file again, each in place of the one that is there. @defaultValue false */
  readonly force?: boolean | undefined
  /** Make the folder of the replica when it is missing. @defaultValue true */
  readonly autoCreateFolders?: boolean | undefined
  /** Attempts of one call, the first included. @defaultValue 3 */
  readonly backendRetries?: number | undefined
  /** Wait before the second attempt of a call. @defaultValue 1000 */
  readonly backendRetryDelayMs?: number | undefined
  /** Double the wait with each attempt, up to a minute. @defaultValue true */
  readonly backendRetryWithExponentialBackoff?: boolean | undefined
  /** Further passes over files that could not be copied. @defaultValue 3 */
  readonly retry?: number | undefined
  /** Compare content that looks equal, before anything is changed. @defaultValue 'none' */
  readonly verifyContents?: VerifyLevel | undefined
  /** Check each file after it was put. @defaultValue 'none' */
  readonly verifyGetAfterPut?: Exclude<VerifyLevel, 'listing'> | undefined
  /** Content that was verified within that time, as the ledger tells, is not verified again. */
  readonly verifyMaxAgeMs?: number | undefined
  /** Most bytes to verify in one run, those that were verified longest ago first. */
  readonly verifyBudgetBytes?: number | undefined
  /** The same as a part of the bytes that look equal, from 0 to 1. */
  readonly verifyBudgetPart?: number | undefined
  /**
   * When everything is equal, read so many files of the replica, drawn by chance, straight from it and check them: against
   * what was recorded, what was put there, and `verify`; where there is none of these, against the primary.
   *
   * @defaultValue 0
   */
  readonly testFiles?: number | undefined
  /** Most files, in percent of those of the replica, that a run may delete (G2). @defaultValue 50 */
  readonly maxDeletePercent?: number | undefined
  /** Override of G1. @defaultValue false */
  readonly allowEmptySource?: boolean | undefined
  /** Override of G2. @defaultValue false */
  readonly allowMassDelete?: boolean | undefined
  /** Override of G5. @defaultValue false */
  readonly adoptDestination?: boolean | undefined
  /** Do not ask the replica for its free space. @defaultValue false */
  readonly quotaDisable?: boolean | undefined
  /** Files written to the replica at once. @defaultValue that of the run */
  readonly concurrencyUpload?: number | undefined
  /** Requests that delete or rename at the replica at once. @defaultValue that of the run */
  readonly concurrencyDelete?: number | undefined
  /** Leave a marker file that says what the replica is a copy of, last of all. @defaultValue none */
  readonly marker?: { readonly sourceId: string; readonly backupId?: string | undefined } | undefined
}

/** A replica that needs more than the settings for all. */
export interface ReplicaOptions extends ReplicaSettings {
  readonly backend: StorageBackend
  /** What is known of the content of its files; added to in place. A `Map` will do. */
  readonly ledger?: SyncLedger | undefined
  /** Copies a file of the primary within the store, where both share one; rejects with `STORAGE_UNSUPPORTED` where it cannot. */
  readonly copyFromPrimary?: ((path: string, options: CallOptions) => Promise<void>) | undefined
}

/** Undefined in place of it: that is not known. `broken`: some of it is missing, so the version cannot be restored there. */
export type RequiredVolumes = ReadonlySet<string> | 'broken'

/** Where a list of a version is asked for what it needs. */
export type VolumeSide = { readonly primary: true } | { readonly replica: string }

export interface PlanSyncOptions extends ReplicaSettings {
  readonly primary: StorageBackend
  /** By a name of your own. Settings of a replica win over those for all. */
  readonly replicas: Readonly<Record<string, StorageBackend | ReplicaOptions>>
  /** Prefix of the volumes. @defaultValue that of the volumes at the primary, if it is one */
  readonly prefix?: string | undefined
  /** Replicate every file, in folders too, and not the volumes of one backup alone. @defaultValue false */
  readonly mirrorAll?: boolean | undefined
  /** What the primary is a backup of: a replica that is marked as a copy of another is refused (G5). @defaultValue that of the marker to be written */
  readonly sourceId?: string | undefined
  /** What was recorded as uploaded to the primary, by name (G4). */
  readonly expected?: ReadonlyMap<string, RecordedFile> | undefined
  readonly local?: LocalVolumes | undefined
  /** Looks into a file that is read because of `testFiles`. */
  readonly verify?: VerifyContent | undefined
  /** Nobody else can change the primary during the run, so it is listed once only. @defaultValue false */
  readonly primaryIsLocked?: boolean | undefined
  /** Names of the volumes that a version needs, as that side holds it. */
  readonly requiredVolumes?:
    | ((dlist: string, side: VolumeSide) => Promise<RequiredVolumes | undefined>)
    | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
  /** @defaultValue the system's */
  readonly temporaryFolder?: string | undefined
  readonly clock?: Clock | undefined
  /** From 0 to less than 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined
}

export interface SyncConcurrency {
  /** Files read from the primary at once. @defaultValue 4 */
  readonly download?: number | undefined
  /** Files written to one replica at once, where it has no limit of its own. @defaultValue 4 */
  readonly upload?: number | undefined
  /** Requests that delete or rename at one replica at once, where it has no limit of its own. @defaultValue 8 */
  readonly delete?: number | undefined
  /** Requests to all places together. @defaultValue no limit */
  readonly total?: number | undefined
}

export interface ExecuteSyncOptions {
  readonly concurrency?: SyncConcurrency | undefined
  /** Bytes a second from the primary. */
  readonly throttleDownload?: number | undefined
  /** Bytes a second to all replicas together. */
  readonly throttleUpload?: number | undefined
  /** Most bytes of temporary files. @defaultValue 4 times the largest file to copy, and at least 256 MiB */
  readonly spoolMaxBytes?: number | undefined
  /** What becomes of a replica that holds the others up. @defaultValue 'detach' */
  readonly slowReplicas?: 'detach' | 'backpressure' | undefined
  /** How long the spool has to be full before a slow replica is detached. @defaultValue 30 000 */
  readonly detachAfterMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
}
