import {
  type CompactResult,
  compact,
  type DeletePlan,
  deleteVersions,
  type EngineContext,
  type DeleteOptions as EngineDeleteOptions,
  type DeleteResult as EngineDeleteResult,
  hasManySmallVolumes,
  type PlanCompactOptions,
  planCompact,
  resolvePlanCompactOptions
} from '@tercet/engine'
import { ConfigurationError, type Issue, isTercetError, type Outcome } from '@tercet/interface'
import type { CompactAfterDelete } from './operation-options.ts'
import { worst } from './outcomes.ts'

export interface WithCompaction {
  /** What the compaction afterwards did; undefined: there was none. */
  readonly compaction: CompactResult | undefined
}

export interface DeleteResult extends EngineDeleteResult, WithCompaction {}

/** Rules of the compaction that follows a delete; undefined: there is none. */
export type FollowingCompaction = PlanCompactOptions | undefined

/**
 * Separates what is said of the compaction afterwards from other options.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`
 */
export function separateCompaction<
  Options extends CompactAfterDelete & { volumeSizeBytes?: number | undefined }
>(options: Options, where: string) {
  const {
    autoCompact = true,
    threshold,
    smallVolumeBytes,
    maxSmallVolumes,
    maxDownloadBytes,
    ...rest
  } = options
  if (typeof autoCompact !== 'boolean')
    throw new ConfigurationError('CONFIG_INVALID_VALUE', `${where}: "autoCompact" must be true or false`, {
      context: { key: 'autoCompact', where }
    })
  const { volumeSizeBytes } = options
  const rules = { threshold, smallVolumeBytes, maxSmallVolumes, maxDownloadBytes, volumeSizeBytes }
  resolvePlanCompactOptions(rules)
  return { compaction: autoCompact ? rules : undefined, rest }
}

/** Deletes what a plan says and, when something went, gives back the space as far as that is worth it. */
export async function deleteAndCompact(
  context: EngineContext,
  plan: DeletePlan,
  options: EngineDeleteOptions,
  following: FollowingCompaction
): Promise<DeleteResult> {
  const deletion = await deleteVersions(context, plan, options)
  return await followedByCompaction(context, deletion, deletion.deleted.length > 0, options, following)
}

/** What every operation says of itself that makes blocks useless. */
interface Freeing {
  readonly outcome: Outcome
  readonly issues: readonly Issue[]
  readonly issueCount: number
  readonly isDryRun: boolean
}

/** Gives back the space of what is not needed any more, where something was freed without an error. */
export async function followedByCompaction<Result extends Freeing>(
  context: EngineContext,
  result: Result,
  hasFreed: boolean,
  options: EngineDeleteOptions,
  following: FollowingCompaction
): Promise<Result & WithCompaction> {
  const isOver = result.isDryRun || !hasFreed || result.outcome === 'error'
  if (following === undefined || isOver) return { ...result, compaction: undefined }
  try {
    const compaction = await compactNow(context, following, options)
    return { ...result, outcome: worst(result.outcome, compaction.outcome), compaction }
  } catch (error) {
    if (!isTercetError(error, 'COMPACT_LIVENESS_UNKNOWN')) throw error
    return withRefusal(result, error.message)
  }
}

/** What a compaction came to that nobody has asked for, or why it was left out. */
export interface UnaskedCompaction extends WithCompaction {
  readonly issues: readonly Issue[]
}

/**
 * Puts small volumes together when too many of them have gathered, as runs that store little leave one each. Undefined:
 * there is no need.
 */
export async function compactSmallVolumes(
  context: EngineContext,
  options: EngineDeleteOptions,
  following: FollowingCompaction
): Promise<UnaskedCompaction> {
  const nothing = { compaction: undefined, issues: [] }
  if (following === undefined || !hasManySmallVolumes(context.catalog, following)) return nothing
  try {
    return { compaction: await compactNow(context, following, options), issues: [] }
  } catch (error) {
    if (!isTercetError(error, 'COMPACT_LIVENESS_UNKNOWN')) throw error
    return { compaction: undefined, issues: [refusal(error.message)] }
  }
}

/** The listing was compared a moment ago. */
async function compactNow(
  context: EngineContext,
  following: PlanCompactOptions,
  { signal, onEvent, onIssue }: EngineDeleteOptions
): Promise<CompactResult> {
  const plan = await planCompact(context, { ...following, signal })
  return await compact(context, plan, { signal, onEvent, onIssue, verifyListing: false })
}

function refusal(message: string): Issue {
  return { code: 'COMPACT_LIVENESS_UNKNOWN', severity: 'warning', message }
}

/** What was asked for is done; that the space cannot come back yet is worth a warning. */
function withRefusal<Result extends Freeing>(result: Result, message: string): Result & WithCompaction {
  const issue = refusal(message)
  return {
    ...result,
    outcome: worst(result.outcome, 'warning'),
    issues: [...result.issues, issue],
    issueCount: result.issueCount + 1,
    compaction: undefined
  }
}
