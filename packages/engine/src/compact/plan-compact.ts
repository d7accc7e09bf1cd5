import type { CatalogReader } from '@tercet/core'
import { type CallOptions, type Issue, systemClock } from '@tercet/interface'
import { assertCatalogComplete } from '../common/catalog-completeness.ts'
import type { ReadingContext } from '../common/context.ts'
import { EngineError } from '../common/engine-error.ts'
import { lockedUntil } from '../common/object-lock.ts'
import { requireStoredSettings } from '../common/stored-settings.ts'
import { usualVolumeSize } from '../common/stored-volume-size.ts'
import { unreadableVersions } from '../common/unreadable-versions.ts'
import { type PlanCompactOptions, resolvePlanCompactOptions } from './compact-options.ts'
import type { CompactPlan } from './compact-plan.ts'
import { areMany, type CompactCandidate, decideCompaction } from './decide.ts'
import { findLiveBlocks } from './live-blocks.ts'
import { volumeUses } from './volume-uses.ts'

/**
 * Finds out which volumes a compaction would delete or make anew, why, and what that costs and gains. Changes nothing. A
 * volume that an object lock keeps stays, with an issue (W17).
 *
 * @throws ConfigurationError `CONFIG_*`; EngineError `COMPACT_LIVENESS_UNKNOWN`, `ENGINE_CATALOG_EMPTY`,
 * `ENGINE_CATALOG_UNFINISHED`; StorageError; `signal.reason`
 */
export async function planCompact(
  context: ReadingContext,
  options: PlanCompactOptions = {}
): Promise<CompactPlan> {
  const { backend, catalog } = context
  const given = resolvePlanCompactOptions(options, usualVolumeSize(catalog))
  options.signal?.throwIfAborted()
  const settings = requireStoredSettings(catalog)
  const rules = {
    ...given,
    readsBack: !backend.capabilities.checksums.some((one) => one === settings.fileHash)
  }
  assertLivenessKnown(context)
  const uses = volumeUses(catalog, findLiveBlocks(catalog, settings))
  const plan = decideCompaction(uses, rules)
  const locked = await lockIssues(context, plan, options)
  if (locked.size === 0) return { ...plan, issues: [] }
  const free = uses.map((use): CompactCandidate => ({ ...use, held: use.held || locked.has(use.name) }))
  return { ...decideCompaction(free, rules), issues: [...locked.values()] }
}

/**
 * What a version needs is only known of versions that are known.
 *
 * @throws EngineError `ENGINE_CATALOG_UNFINISHED`, `COMPACT_LIVENESS_UNKNOWN`
 */
export function assertLivenessKnown({ catalog }: ReadingContext): void {
  assertCatalogComplete(catalog)
  const [unreadable] = unreadableVersions({ catalog })
  if (unreadable === undefined) return
  throw new EngineError(
    'COMPACT_LIVENESS_UNKNOWN',
    `The list ${unreadable.volume} cannot be read, so that nobody knows which blocks its version needs. Nothing was changed; bring the list back from a replica, or delete it`,
    { context: { volume: unreadable.volume } }
  )
}

async function lockIssues(
  context: ReadingContext,
  { volumesToDelete, volumesToRewrite }: Omit<CompactPlan, 'issues'>,
  call: CallOptions
): Promise<ReadonlyMap<string, Issue>> {
  const issues = new Map<string, Issue>()
  if (!context.backend.capabilities.objectLock) return issues
  for (const { name } of [...volumesToDelete, ...volumesToRewrite]) {
    const until = await lockOf(context, name, call)
    if (until === undefined) continue
    issues.set(name, {
      code: 'COMPACT_VOLUME_LOCKED',
      severity: 'warning',
      message: `The volume ${name} stays: it is locked until ${new Date(until).toISOString()}`,
      volume: name
    })
  }
  return issues
}

/** An index goes along with its volume, so its lock counts, too. */
async function lockOf(
  { backend, catalog, clock = systemClock }: ReadingContext,
  name: string,
  call: CallOptions
): Promise<number | undefined> {
  const volume = catalog.volumes.byName(name)
  const indexes = volume === undefined ? [] : catalog.volumes.indexesOf(volume.id)
  const names = [name, ...indexes.flatMap((id) => catalog.volumes.byId(id)?.name ?? [])]
  let latest: number | undefined
  for (const one of names) {
    const until = await lockedUntil(backend, one, clock.now(), call)
    if (until !== undefined) latest = Math.max(latest ?? 0, until)
  }
  return latest
}

/**
 * Whether so many small volumes have gathered that a compaction would put them together. Looks at the sizes of volumes
 * alone, so that it costs nothing after a run that has stored little; what is wasted shows in the plan.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 */
export function hasManySmallVolumes(catalog: CatalogReader, options: PlanCompactOptions): boolean {
  const rules = resolvePlanCompactOptions(options, usualVolumeSize(catalog))
  const damaged = new Set(catalog.volumes.damaged().map(({ id }) => id))
  const sizes: number[] = []
  for (const volume of catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] })) {
    const { id, size = 0, archived } = volume
    if (size <= rules.smallVolumeBytes && !archived && !damaged.has(id)) sizes.push(size)
  }
  return areMany(sizes, rules)
}
