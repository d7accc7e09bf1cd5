import type { CatalogReader } from '@tercet/core'
import { type PlanCompactOptions, resolvePlanCompactOptions } from './compact-options.ts'
import { areMany } from './decide.ts'

/**
 * Whether so many small volumes have gathered that a compaction would put them together. Looks at the sizes of volumes
 * alone, so that it costs nothing after a run that has stored little; what is wasted shows in the plan.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`
 */
export function hasManySmallVolumes(catalog: CatalogReader, options: PlanCompactOptions): boolean {
  const rules = resolvePlanCompactOptions(options)
  const damaged = new Set(catalog.volumes.damaged().map(({ id }) => id))
  const sizes: number[] = []
  for (const volume of catalog.volumes.all({ type: 'dblock', states: ['uploaded', 'verified'] })) {
    const { id, size = 0, archived } = volume
    if (size <= rules.smallVolumeBytes && !archived && !damaged.has(id)) sizes.push(size)
  }
  return areMany(sizes, rules)
}
