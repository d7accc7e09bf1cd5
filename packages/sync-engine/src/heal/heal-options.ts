import type { CallOptions, Clock, StorageBackend } from '@tercet/interface'
import type { ContentChecks } from '../copies/content-check.ts'
import type { SyncLedger } from '../ledger.ts'
import type { SyncEvent } from '../sync-event.ts'

/** A place with what is known of what was put there. */
export interface HealPlaceOptions {
  readonly backend: StorageBackend
  /** Added to in place when it is healed. */
  readonly ledger?: SyncLedger | undefined
}

export interface PlanHealOptions extends ContentChecks {
  /** Copies of one backup by a name of your own, the primary first. */
  readonly places: Readonly<Record<string, StorageBackend | HealPlaceOptions>>
  /** Prefix of the volumes. @defaultValue that of the volumes at the primary, or else at a replica */
  readonly prefix?: string | undefined
  /** Every file, and not the volumes of one backup alone. @defaultValue false */
  readonly mirrorAll?: boolean | undefined
  /** How deep it is looked: at names and sizes, at digests that a store gives, or at every byte. @defaultValue 'download' */
  readonly level?: 'listing' | 'checksum' | 'download' | undefined
  /** So many files, chosen at random. @defaultValue all */
  readonly samples?: number | undefined
  /** Attempts of one call, the first included. @defaultValue 3 */
  readonly backendRetries?: number | undefined
  /** Wait before the second attempt of a call, doubled with each. @defaultValue 1000 */
  readonly backendRetryDelayMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
  readonly temporaryFolder?: string | undefined
  readonly clock?: Clock | undefined
  /** From 0 to less than 1. @defaultValue Math.random */
  readonly random?: (() => number) | undefined
}

export interface ExecuteHealOptions extends CallOptions {
  /** Keep what is replaced, as `<time>.old.<name>`. @defaultValue false */
  readonly retention?: boolean | undefined
  readonly onEvent?: ((event: SyncEvent) => void) | undefined
}
