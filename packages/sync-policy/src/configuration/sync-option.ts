/**
 * What an option's value is, in JSON and as text on a command line.
 *
 * - `boolean`
 * - `integer`
 * - `milliseconds`: a whole number of them
 * - `choice`: one of some words, in any case
 * - `contents`: how deep contents are compared: `listing`, `checksum`, `download`; true is `download`, false `listing`
 * - `duration`: text such as `7D` or `7.00:00:00`; milliseconds when it is resolved
 * - `size`: bytes as a number, or text such as `500mb` (powers of 1024)
 * - `share`: a size, or text such as `5%`
 * - `pairs`: a list of `key=value`
 * - `text`, `path`
 */
export type SyncOptionType =
  | { readonly kind: 'boolean' }
  | { readonly kind: 'integer'; readonly minimum: number; readonly maximum?: number | undefined }
  | { readonly kind: 'milliseconds' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'contents' }
  | { readonly kind: 'duration' }
  | { readonly kind: 'size'; readonly minimum: number }
  | { readonly kind: 'share' }
  | { readonly kind: 'pairs' }
  | { readonly kind: 'text' }
  | { readonly kind: 'path' }

/**
 * Where an option may be written: for each destination, once for the run over all of them (in a configuration at its
 * top), or on the command line only.
 */
export type SyncOptionScope = 'destination' | 'run' | 'command'

/** One option of replication: `--name` on a command line, `name` in a configuration, `property` in a program. */
export interface SyncOption {
  readonly name: string
  /** Further names on a command line; one letter is written with one dash. */
  readonly aliases?: readonly string[] | undefined
  readonly property: string
  readonly type: SyncOptionType
  readonly scope: SyncOptionScope
  /** Undefined: nothing is set. */
  readonly default?: boolean | number | string | undefined
  /** One sentence without a full stop. */
  readonly description: string
}

/** Options of one destination, with all defaults. Durations are milliseconds, sizes bytes. */
export interface SyncOptions {
  readonly autoCreateFolders: boolean
  /** Attempts for each call, the first included. */
  readonly backendRetries: number
  readonly backendRetryDelay: number
  readonly backendRetryWithExponentialBackoff: boolean
  /** Further passes over files that failed. */
  readonly retry: number
  readonly dryRun: boolean
  readonly force: boolean
  readonly retention: boolean
  readonly retentionKeepTime: number | undefined
  readonly retentionKeepCount: number | undefined
  readonly verifyContents: ContentsDepth
  readonly verifyGetAfterPut: boolean
  readonly verifyMode: 'checksum' | 'download'
  readonly verifyMaxAge: number | undefined
  readonly verifyBudget: Share | undefined
  readonly deleteOrder: 'auto' | 'after-copy' | 'before-copy' | 'interleaved'
  readonly testFiles: number
  readonly maxDeletePercent: number
  readonly allowEmptySource: boolean
  readonly allowMassDelete: boolean
  readonly mirrorAll: boolean
  readonly adoptDestination: boolean
  readonly marker: boolean
  readonly concurrencyUpload: number
  readonly concurrencyDelete: number
  readonly throttleUpload: number | undefined
  readonly progress: boolean
  readonly parseArgumentsOnly: boolean
  readonly logFile: string | undefined
  readonly logLevel: string
}

/** Options of one run over all destinations, with all defaults. */
export interface SyncRunOptions {
  readonly concurrencyDownload: number
  readonly throttleDownload: number | undefined
  readonly spoolMaxSize: number | undefined
  /** 0: volumes are not kept for their replication. */
  readonly syncCacheMaxSize: number
  readonly slowDestination: 'detach' | 'backpressure'
}

/** How deep contents are compared. */
export type ContentsDepth = 'listing' | 'checksum' | 'download'

/** So many bytes, or such a part of all of them (0 to 1). */
export type Share = { readonly bytes: number } | { readonly part: number }
