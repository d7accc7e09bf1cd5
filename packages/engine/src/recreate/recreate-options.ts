import { assertKnownKeys, type CallOptions, type Issue, type Outcome } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import type { VersionChoice } from '../common/select-version.ts'
import { OptionReader } from '../common/validate.ts'

export interface RecreateOptions extends VersionChoice, CallOptions, IssueOptions {
  /** Prefix of the backup's volumes. @defaultValue that of the catalog, else `duplicati` */
  readonly prefix?: string | undefined
  /**
   * Take in volumes of blocks even where there is no version yet: what a first backup has left that was interrupted.
   * @defaultValue false
   */
  readonly allowNoVersion?: boolean | undefined
  readonly onEvent?: EventListener | undefined
}

export interface RecreateResult {
  readonly outcome: Outcome
  /** Versions that were taken in by this run. */
  readonly versions: number
  readonly fetchedVolumes: number
  readonly fetchedBytes: number
  /** Of these, volumes of blocks: none when all indexes are complete. */
  readonly fetchedDblocks: number
  /** Blocks that versions refer to and that no volume holds. */
  readonly missingBlocks: number
  readonly missingBlocklists: number
  readonly issues: readonly Issue[]
}

const KEYS = [
  'prefix',
  'allowNoVersion',
  'version',
  'time',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof RecreateOptions)[]

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveRecreateOptions(options: RecreateOptions): {
  readonly prefix: string | undefined
  readonly allowNoVersion: boolean
} {
  assertKnownKeys(options, KEYS, 'recreateCatalog')
  const read = new OptionReader(options, 'recreateCatalog')
  return { prefix: read.text('prefix'), allowNoVersion: read.flag('allowNoVersion', false) }
}
