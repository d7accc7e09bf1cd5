import {
  type CompactResult,
  compact,
  type DeletePlan,
  deleteVersions,
  type EngineContext,
  type DeleteOptions as EngineDeleteOptions,
  type DeleteResult as EngineDeleteResult,
  planCompact
} from '@tercet/engine'
import { ConfigurationError } from '@tercet/interface'
import { worst } from './outcomes.ts'

export interface DeleteResult extends EngineDeleteResult {
  /** What the compaction afterwards did; undefined: there was none. */
  readonly compaction: CompactResult | undefined
}

/** @throws ConfigurationError `CONFIG_INVALID_VALUE` */
export function assertFlag(value: unknown, name: string, where: string): void {
  if (value === undefined || typeof value === 'boolean') return
  throw new ConfigurationError('CONFIG_INVALID_VALUE', `${where}: "${name}" must be true or false`, {
    context: { key: name, where }
  })
}

/** Deletes what a plan says and, when something went, gives back the space as far as that is worth it. */
export async function deleteAndCompact(
  context: EngineContext,
  plan: DeletePlan,
  options: EngineDeleteOptions & {
    readonly autoCompact: boolean
    readonly volumeSizeBytes?: number | undefined
  }
): Promise<DeleteResult> {
  const { autoCompact, volumeSizeBytes, ...rest } = options
  const deletion = await deleteVersions(context, plan, rest)
  if (!autoCompact || deletion.isDryRun || deletion.deleted.length === 0 || deletion.outcome === 'error')
    return { ...deletion, compaction: undefined }
  const { signal, onEvent, onIssue } = rest
  const rules = volumeSizeBytes === undefined ? {} : { volumeSizeBytes }
  const compacting = await planCompact(context, { ...rules, signal })
  // The listing was compared a moment ago.
  const compaction = await compact(context, compacting, { signal, onEvent, onIssue, verifyListing: false })
  return { ...deletion, outcome: worst(deletion.outcome, compaction.outcome), compaction }
}
