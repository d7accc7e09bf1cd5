import {
  type BackupOptions,
  type BackupResult,
  backup,
  type CompactResult,
  type EngineContext,
  type ExtendLocksResult,
  extendLocks,
  type IssueOptions,
  type PlanDeleteOptions,
  planDelete,
  resolveBackupOptions,
  resolvePlanDeleteOptions,
  type VerifyResult,
  verify
} from '@tercet/engine'
import {
  type CallOptions,
  ConfigurationError,
  type Issue,
  type IssueDecision,
  outcomeOf,
  type Secret,
  systemClock,
  type VolumeStoredHook
} from '@tercet/interface'
import { parseFilters } from '@tercet/source-fs/filter'
import { DEFAULT_READ_LIMITS, DEFAULT_VOLUME_SETTINGS } from '@tercet/volume-format'
import type { BackupEventListener } from './backup-event.ts'
import type { CatalogHolder } from './catalog/catalog-holder.ts'
import type { CatalogPlace } from './catalog/open-fitting-catalog.ts'
import {
  compactSmallVolumes,
  type DeleteResult,
  deleteAndCompact,
  type FollowingCompaction,
  separateCompaction
} from './delete-and-compact.ts'
import { quotaIssues, type ResolvedQuota, resolveQuota } from './destination/quota-issues.ts'
import type { PassphraseProvider, ResolvedOpenOptions } from './open-options.ts'
import type { RetentionAfterRun, RunOptions } from './operation-options.ts'
import { worst } from './outcomes.ts'
import type { ReplicationResult } from './replication/replication-result.ts'
import { SdkError } from './sdk-error.ts'
import { resolveTestSamples, sampleCount, type TestSampleOptions } from './test-samples.ts'

/** A backup with what was done at the destination afterwards. @internal */
export interface BackedUp extends BackupResult {
  /** What the verification afterwards has found; undefined: there was none. */
  readonly verification: VerifyResult | undefined
  /** Which versions went by the rules of retention; undefined: there are none, or the run did not end well. */
  readonly deletion: DeleteResult | undefined
  /** What the compaction afterwards did, whether versions were deleted or small volumes gathered; undefined: there was none. */
  readonly compaction: CompactResult | undefined
  /** What became of the object locks; undefined: none were asked for, or the destination has none. */
  readonly locks: ExtendLocksResult | undefined
}

export interface RunResult extends BackedUp {
  /** What became of the replicas; undefined: there are none. */
  readonly replication: ReplicationResult | undefined
}

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

/** The passphrase that a run uses: `none` where a new destination is not to be encrypted. */
export async function passphraseForRun({
  survey,
  options,
  passphrase
}: RunPlace): Promise<Secret | string | undefined> {
  const isPlain = survey.encryption === undefined && options.encryption === 'none'
  if (isPlain || options.encryptKeys !== undefined) return isPlain ? undefined : passphrase
  const isNew = survey.volumes.size === 0
  if (passphrase !== undefined || !isNew) return passphrase
  const found = await ask(options.passphrase)
  if (found !== undefined && found !== '') return found
  throw new ConfigurationError(
    'CONFIG_MISSING',
    'A new destination is encrypted: give a passphrase, or say that it is not to be (encryption "none", --no-encryption)',
    { context: { key: 'passphrase' } }
  )
}

async function ask(
  passphrase: Secret | string | PassphraseProvider | undefined
): Promise<Secret | string | undefined> {
  return typeof passphrase === 'function' ? await passphrase({ isNew: true }) : passphrase
}

/**
 * Backs up, then verifies samples, then deletes what the rules of retention let go, then puts small volumes together, and
 * at last locks what the newest version needs.
 */
export async function runBackup(
  { backend, catalogs, survey, options: open }: RunPlace,
  { options, onEvent, samples, quota, retention, compaction }: PreparedRun,
  passphrase: Secret | string | undefined
): Promise<BackedUp> {
  const { signal, onIssue, dryRun, verifyListing } = options
  const found: Issue[] = []
  const calls = { passphrase, signal, onEvent, onIssue: (issue: Issue) => noted(issue, found, onIssue) }
  const context = dryRun ? await catalogs.forTrying(calls) : await catalogs.forWriting(calls)
  const startedAt = (open.clock ?? systemClock).now()
  const target = survey.isMissing ? await makeDestination(context, dryRun === true, signal) : context
  const result = withIssues(await backup(target, { ...options, onEvent }), found)
  if (!hasEndedWell(result) || result.isDryRun)
    return {
      ...result,
      verification: undefined,
      deletion: undefined,
      compaction: undefined,
      locks: undefined
    }
  const calling = { signal, onEvent, onIssue }
  const count = verifyListing === false ? 0 : sampleCount(target.catalog, samples)
  const verification = count === 0 ? undefined : await verify(target, { samples: count, ...calling })
  // Where something is damaged, an older version may be the only one that is whole.
  const deletion =
    retention === undefined || verification?.outcome === 'error'
      ? undefined
      : await deleteAndCompact(
          target,
          await planDelete(target, { ...retention, signal }),
          { ...calling, verifyListing: false },
          compaction
        )
  const small =
    deletion?.compaction !== undefined || verification?.outcome === 'error'
      ? undefined
      : await compactSmallVolumes(target, calling, compaction)
  const locks = backend.capabilities.objectLock
    ? await lockNewest(target, open.lockDurationMs, startedAt, calling)
    : undefined
  const near = await quotaIssues(backend, target.catalog, options.quotaBytes, quota, { signal })
  const others = [...(small?.issues ?? []), ...near]
  for (const issue of others) onEvent?.({ type: 'issue', issue })
  const told = {
    ...result,
    issues: [...result.issues, ...others],
    issueCount: result.issueCount + others.length
  }
  const outcome = worst(
    result.outcome,
    verification?.outcome,
    deletion?.outcome,
    small?.compaction?.outcome,
    locks?.outcome,
    outcomeOf(others)
  )
  return {
    ...told,
    outcome,
    verification,
    deletion,
    compaction: deletion?.compaction ?? small?.compaction,
    locks
  }
}

/** What was stored by this run was locked with its put, so it lasts long enough. */
async function lockNewest(
  context: EngineContext,
  durationMs: number | undefined,
  startedAt: number,
  calls: IssueOptions & CallOptions
): Promise<ExtendLocksResult | undefined> {
  if (durationMs === undefined) return undefined
  return await extendLocks(context, { ...calls, durationMs, atLeastUntil: new Date(startedAt + durationMs) })
}

function hasEndedWell({ outcome }: BackupResult): boolean {
  return outcome === 'success' || outcome === 'warning'
}

/** A dry run must not make the place, so it looks at an empty one in memory. */
async function makeDestination(
  context: EngineContext,
  dryRun: boolean,
  signal: AbortSignal | undefined
): Promise<EngineContext> {
  if (dryRun) {
    const { createMemoryBackend } = await import('@tercet/backend-memory')
    return { ...context, backend: createMemoryBackend() }
  }
  if (context.backend.capabilities.createFolder) await context.backend.createFolder('', { signal })
  return context
}

function noted(issue: Issue, found: Issue[], onIssue: RunOptions['onIssue']): IssueDecision | undefined {
  found.push(issue)
  return onIssue?.(issue)
}

/** What was found when the catalog was made for the run comes first. It may be grave, and the run is done all the same. */
function withIssues(result: BackupResult, found: readonly Issue[]): BackupResult {
  if (found.length === 0) return result
  return {
    ...result,
    outcome: worst(result.outcome, 'warning'),
    issues: [...found, ...result.issues],
    issueCount: found.length + result.issueCount
  }
}
