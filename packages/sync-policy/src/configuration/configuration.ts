import type { Issue } from '@tercet/interface'
import type { PolicyOptions } from '../policy/policy-options.ts'
import type { SyncOptions, SyncRunOptions } from './sync-option.ts'

/** When a destination is due after a backup. */
export type SyncTrigger =
  | { readonly mode: 'inline' }
  | { readonly mode: 'interval'; readonly intervalMs: number }
  | { readonly mode: 'counting'; readonly count: number }

/** What somebody says about a place. Nobody checks it, so it counts as declared, not as observed. */
export interface PlaceDeclaration {
  /** Such as `disk`, `object-storage` or `tape`. */
  readonly medium?: string | undefined
  readonly provider?: string | undefined
  /** Such as `office` or `eu-north-1`: two places with the same site are lost in the same fire. */
  readonly site?: string | undefined
  /** What is stored cannot be changed or deleted for a time. */
  readonly immutable?: boolean | undefined
  /** Not connected, except while it is written to. */
  readonly offline?: boolean | undefined
}

/** One place that a backup is replicated to. */
export interface SyncDestination {
  /** Position in the configuration. */
  readonly index: number
  /** Stays the same when destinations are added or change their order. Empty for a blank URL. */
  readonly id: string
  /** As it was written, blanks too. */
  readonly url: string
  /** There is no URL: the entry keeps its position, and is skipped. */
  readonly isBlank: boolean
  /** The URL for people: no credentials, no options. */
  readonly displayName: string
  readonly trigger: SyncTrigger
  readonly options: SyncOptions
  /** Options of the backend: those for both sides, and those of the destination, which win. */
  readonly backendOptions: Readonly<Record<string, string>>
  /** Those of them that are for the primary too, while this destination is replicated to. */
  readonly globalOptions: Readonly<Record<string, string>>
  readonly declared: PlaceDeclaration
}

/** What becomes of a backup after it was made. Plain data. */
export interface SyncConfiguration {
  /** Replicate also after a backup that ended with warnings. */
  readonly syncOnWarnings: boolean
  /** Replicate also after a backup that was stopped early. */
  readonly syncOnPartial: boolean
  /** Options of the backend of the primary, beyond those of the backup. */
  readonly sourceOptions: Readonly<Record<string, string>>
  readonly run: SyncRunOptions
  readonly destinations: readonly SyncDestination[]
  /** The URL of the primary, where the configuration names one, and what is said about it. */
  readonly primary: { readonly url?: string | undefined; readonly declared: PlaceDeclaration }
  /** What is said about the data that is backed up. */
  readonly source: { readonly declared: PlaceDeclaration }
  /** Rules that copies are held to; undefined: none were given. */
  readonly policy: PolicyOptions | undefined
  /** What is no error, but may not be meant. */
  readonly issues: readonly Issue[]
}
