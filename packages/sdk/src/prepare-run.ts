import {
  type BackupOptions,
  type PlanDeleteOptions,
  resolveBackupOptions,
  resolvePlanDeleteOptions
} from '@tercet/engine'
import { ConfigurationError, type Secret, type VolumeStoredHook } from '@tercet/interface'
import { parseFilters } from '@tercet/source-fs/filter'
import { DEFAULT_READ_LIMITS, DEFAULT_VOLUME_SETTINGS } from '@tercet/volume-format'
import type { BackupEventListener } from './backup-event.ts'
import type { CatalogHolder } from './catalog/catalog-holder.ts'
import type { CatalogPlace } from './catalog/open-fitting-catalog.ts'
import { type FollowingCompaction, separateCompaction } from './delete-and-compact.ts'
import { type ResolvedQuota, resolveQuota } from './destination/quota-issues.ts'
import type { ResolvedOpenOptions } from './open-options.ts'
import type { RetentionAfterRun, RunOptions } from './operation-options.ts'
import { SdkError } from './sdk-error.ts'
import { resolveTestSamples, type TestSampleOptions } from './test-samples.ts'

/** What a run needs of the backup that was opened. */
export interface RunPlace extends CatalogPlace {
  readonly catalogs: CatalogHolder
  /** That of an existing destination; of a new one, where it was given as it is. */
  readonly passphrase: Secret | string | undefined
}

/** A checked run: everything that can be refused without I/O was. */
export interface PreparedRun {
  readonly options: BackupOptions
  readonly onEvent: BackupEventListener | undefined
  readonly samples: Required<TestSampleOptions>
  readonly quota: ResolvedQuota
  /** Undefined: no rule is given. */
  readonly retention: PlanDeleteOptions | undefined
  readonly compaction: FollowingCompaction
}

/** @throws ConfigurationError `CONFIG_*`; SourceError `FILTER_INVALID` */
export function prepareRun(options: RunOptions, { options: open, survey, backend }: RunPlace): PreparedRun {
  if (typeof options !== 'object' || options === null) throw new TypeError('run needs an options object')
  const {
    testSamples,
    testPercentage,
    quotaWarningPercent,
    askQuota,
    createDestination = true,
    ...others
  } = options
  const quota = resolveQuota({ quotaWarningPercent, askQuota })
  const { retention, rest: withCompaction } = separateRetention(others)
  const { compaction, rest } = separateCompaction(withCompaction, 'run')
  const samples = resolveTestSamples({ testSamples, testPercentage })
  for (const key of ['prefix', 'retries', 'retryDelayMs'])
    if (key in rest)
      throw new ConfigurationError('CONFIG_UNKNOWN_KEY', `"${key}" is an option of openBackup, not of run`, {
        context: { key, where: 'run' }
      })
  const { prefix, retries, retryDelayMs } = open
  const backupOptions: BackupOptions = { ...rest, prefix, retries, retryDelayMs }
  parseFilters(resolveBackupOptions(backupOptions).filters)
  if (survey.volumes.size === 0) {
    assertVolumesHoldBlocks(backupOptions)
    assertBlocksAreTaken(backupOptions, open)
  }
  if (survey.isMissing && !createDestination)
    throw new SdkError(
      'BACKUP_NOT_FOUND',
      `There is nothing at ${backend.displayName}, and it is not to be made`,
      {
        context: { destination: backend.displayName }
      }
    )
  return {
    options: backupOptions,
    onEvent: rest.onEvent ?? open.onEvent,
    samples,
    quota,
    retention,
    compaction
  }
}

/** Before a new place is made; one that is there has a block size of its own, to which the engine compares. */
function assertVolumesHoldBlocks({
  volumeSizeBytes,
  blockSizeBytes = DEFAULT_VOLUME_SETTINGS.blocksize
}: BackupOptions): void {
  if (volumeSizeBytes === undefined || volumeSizeBytes >= 2 * blockSizeBytes) return
  throw new ConfigurationError(
    'CONFIG_CONFLICT',
    `backup: "volumeSizeBytes" (${volumeSizeBytes}) must be at least twice the block size (${blockSizeBytes})`
  )
}

/** What is written here must open again, with the same options and nothing else. */
function assertBlocksAreTaken(
  { blockSizeBytes = DEFAULT_VOLUME_SETTINGS.blocksize }: BackupOptions,
  { maxBlocksize = DEFAULT_READ_LIMITS.maxBlocksize }: ResolvedOpenOptions
): void {
  if (blockSizeBytes <= maxBlocksize) return
  throw new ConfigurationError(
    'CONFIG_CONFLICT',
    `backup: blocks of ${blockSizeBytes} bytes are larger than "maxBlocksize" (${maxBlocksize}); raise that, now and whenever the destination is opened without its catalog`,
    { context: { key: 'blockSizeBytes' } }
  )
}

/** Volumes are told to one more, before the caller's own hook. */
export function withHook(prepared: PreparedRun, hook: VolumeStoredHook | undefined): PreparedRun {
  const { onVolumeStored } = prepared.options
  if (hook === undefined) return prepared
  const both: VolumeStoredHook = async (volume) => {
    await hook(volume)
    await onVolumeStored?.(volume)
  }
  return { ...prepared, options: { ...prepared.options, onVolumeStored: both } }
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
function separateRetention<Options extends RetentionAfterRun>(options: Options) {
  const { keepTime, keepVersions, retentionPolicy, allowFullRemoval, timeTolerance, ...rest } = options
  const isGiven = [keepTime, keepVersions, retentionPolicy].some((rule) => rule !== undefined)
  if (!isGiven) return { retention: undefined, rest }
  const rules = { keepTime, keepVersions, retentionPolicy, allowFullRemoval, timeTolerance }
  resolvePlanDeleteOptions(rules)
  return { retention: { ...rules, newestIsCurrent: true }, rest }
}
