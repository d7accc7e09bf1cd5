import {
  type EngineContext,
  type PurgeBrokenResult as EnginePurgeBrokenResult,
  type PurgeOptions as EnginePurgeOptions,
  type PurgeResult as EnginePurgeResult,
  type PurgeBrokenPlan,
  type PurgePlan,
  purge,
  purgeBroken,
  resolvePurgeOptions
} from '@tercet/engine'
import {
  type FollowingCompaction,
  followedByCompaction,
  separateCompaction,
  type WithCompaction
} from './delete-and-compact.ts'
import type { PurgeOptions } from './operation-options.ts'

export type PurgeResult = EnginePurgeResult & WithCompaction
export type PurgeBrokenResult = EnginePurgeBrokenResult & WithCompaction

/**
 * Checks how a plan is to be carried out.
 *
 * @throws ConfigurationError `CONFIG_*`
 */
export function purgeOptions(options: PurgeOptions, where: string) {
  const { compaction, rest } = separateCompaction(options, where)
  const { volumeSizeBytes: _, onEvent: _listener, ...run } = rest
  resolvePurgeOptions(run)
  return { ...run, compaction }
}

/** Takes out what a plan says and gives back the space as far as that is worth it. */
export async function purgeAndCompact(
  context: EngineContext,
  plan: PurgePlan,
  options: EnginePurgeOptions,
  following: FollowingCompaction
): Promise<PurgeResult> {
  const result = await purge(context, plan, options)
  return await followedByCompaction(context, result, result.rewritten.length > 0, options, following)
}

/** The same for what is broken. */
export async function purgeBrokenAndCompact(
  context: EngineContext,
  plan: PurgeBrokenPlan,
  options: EnginePurgeOptions,
  following: FollowingCompaction
): Promise<PurgeBrokenResult> {
  const result = await purgeBroken(context, plan, options)
  const { rewritten, deleted } = result
  return await followedByCompaction(
    context,
    result,
    rewritten.length + deleted.length > 0,
    options,
    following
  )
}
