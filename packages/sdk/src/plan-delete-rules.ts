import { type PlanDeleteOptions as EngineOptions, resolvePlanDeleteOptions } from '@tercet/engine'
import { ConfigurationError } from '@tercet/interface'
import type { PlanDeleteOptions } from './operation-options.ts'

/**
 * The options of a plan as the engine takes them, checked before any I/O.
 *
 * @throws ConfigurationError `CONFIG_*`
 */
export function planDeleteRules({ onEvent: _, ...rules }: PlanDeleteOptions): EngineOptions {
  // That the newest version is what the sources are now is known after a backup alone.
  if ('newestIsCurrent' in rules)
    throw new ConfigurationError('CONFIG_UNKNOWN_KEY', 'planDelete: there is no option "newestIsCurrent"', {
      context: { key: 'newestIsCurrent', where: 'planDelete' }
    })
  resolvePlanDeleteOptions(rules)
  return rules
}
