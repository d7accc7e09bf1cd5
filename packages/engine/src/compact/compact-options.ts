import { assertKnownKeys, type CallOptions } from '@tercet/interface'
import type { EventListener } from '../common/events.ts'
import type { IssueOptions } from '../common/issue-log.ts'
import { DEFAULT_VOLUME_BYTES } from '../common/stored-volume-size.ts'
import { OptionReader } from '../common/validate.ts'
import type { CompactRules } from './compact-plan.ts'

/** When volumes are rewritten, and into what. */
export interface PlanCompactOptions extends CallOptions {
  /** Percent of waste, of a volume and of all, from which on volumes are rewritten. @defaultValue 25 */
  readonly threshold?: number | undefined
  /** Volumes of at most so many bytes are small. @defaultValue a fifth of `volumeSizeBytes` */
  readonly smallVolumeBytes?: number | undefined
  /** More small volumes than this are made into larger ones. @defaultValue 20 */
  readonly maxSmallVolumes?: number | undefined
  /** Size of new volumes. @defaultValue what the last backup was told, else 50 MiB */
  readonly volumeSizeBytes?: number | undefined
  /** Most that is fetched; those volumes come first that give back the most for it. @defaultValue no limit */
  readonly maxDownloadBytes?: number | undefined
}

export interface CompactOptions extends CallOptions, IssueOptions {
  /** Say what would be done, and change nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined
  /** Compare the destination's listing with the catalog before. @defaultValue true */
  readonly verifyListing?: boolean | undefined
  /** Ends the run after the volumes at hand; what was done until then is kept. */
  readonly stop?: AbortSignal | undefined
  readonly onEvent?: EventListener | undefined
}

const PLAN_KEYS = [
  'threshold',
  'smallVolumeBytes',
  'maxSmallVolumes',
  'volumeSizeBytes',
  'maxDownloadBytes',
  'signal'
] as const satisfies readonly (keyof PlanCompactOptions)[]
const COMPACT_KEYS = [
  'dryRun',
  'verifyListing',
  'stop',
  'onEvent',
  'onIssue',
  'signal'
] as const satisfies readonly (keyof CompactOptions)[]

/** Volumes of fewer bytes than this are made by tests only. */
const LEAST_VOLUME_BYTES = 2048

/**
 * @param usualVolumeBytes where the options do not say it
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 */
export function resolvePlanCompactOptions(
  options: PlanCompactOptions,
  usualVolumeBytes = DEFAULT_VOLUME_BYTES
): Omit<CompactRules, 'readsBack'> {
  if (typeof options !== 'object' || options === null)
    throw new TypeError('planCompact needs an options object')
  assertKnownKeys(options, PLAN_KEYS, 'planCompact')
  const read = new OptionReader(options, 'planCompact')
  const volumeSizeBytes = read.optionalInteger('volumeSizeBytes', LEAST_VOLUME_BYTES) ?? usualVolumeBytes
  return {
    threshold: read.optionalInteger('threshold', 0, 100) ?? 25,
    smallVolumeBytes: read.optionalInteger('smallVolumeBytes', 0) ?? Math.floor(volumeSizeBytes / 5),
    maxSmallVolumes: read.optionalInteger('maxSmallVolumes', 1) ?? 20,
    volumeSizeBytes,
    maxDownloadBytes: read.optionalInteger('maxDownloadBytes', 0) ?? Number.MAX_SAFE_INTEGER
  }
}

/** @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE` */
export function resolveCompactOptions(options: CompactOptions): {
  readonly dryRun: boolean
  readonly verifyListing: boolean
} {
  assertKnownKeys(options, COMPACT_KEYS, 'compact')
  const read = new OptionReader(options, 'compact')
  return { dryRun: read.flag('dryRun', false), verifyListing: read.flag('verifyListing', true) }
}
