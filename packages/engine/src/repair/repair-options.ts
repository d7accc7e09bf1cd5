import { assertKnownKeys, type CallOptions, type StorageBackend } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { OptionReader } from '../common/validate.ts'

/** What lost volumes may be mended from, besides the destination and the catalog. */
export interface PlanRepairOptions extends CallOptions {
  /** Another place with the same volumes. */
  readonly replica?: StorageBackend | undefined
  /** Read files and metadata of the sources where they were backed up, for the blocks that they still have. @defaultValue true */
  readonly localBlocks?: boolean | undefined
}

export interface RepairOptions extends PlanRepairOptions, IssueOptions {
  /** Size of new volumes. @defaultValue what the last backup was told, else 50 MiB */
  readonly volumeSizeBytes?: number | undefined
  readonly onEvent?: EventListener | undefined
}

/** {@link RepairOptions} that were checked. */
export interface ResolvedRepairOptions {
  readonly replica: StorageBackend | undefined
  readonly localBlocks: boolean
  /** Undefined: as usual. */
  readonly volumeSizeBytes: number | undefined
}

const KEYS = [
  'replica',
  'localBlocks',
  'volumeSizeBytes',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof RepairOptions)[]

/** Volumes of fewer bytes than this are made by tests only. */
const LEAST_VOLUME_BYTES = 2048

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveRepairOptions(options: RepairOptions): ResolvedRepairOptions {
  if (typeof options !== 'object' || options === null) throw new TypeError('repair needs an options object')
  assertKnownKeys(options, KEYS, 'repair')
  const read = new OptionReader(options, 'repair')
  return {
    replica: options.replica,
    localBlocks: read.flag('localBlocks', true),
    volumeSizeBytes: read.optionalInteger('volumeSizeBytes', LEAST_VOLUME_BYTES)
  }
}
