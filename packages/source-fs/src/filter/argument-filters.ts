import { currentPlatform, type Platform, separatorOf } from '../platform.ts'
import type { FilterRule } from './filter-rule.ts'

/**
 * Rules for the paths and patterns that people name when they restore, list or search. A bare name is looked for in
 * every folder, a folder stands for all that is in it. They are includes, so everything else is excluded.
 */
export function argumentFilters(
  args: readonly string[],
  platform: Platform = currentPlatform()
): FilterRule[] {
  const separator = separatorOf(platform)
  return args.map((argument) => {
    if (/^\[.*\]$|^\{.*\}$|^@/s.test(argument)) return { include: argument }
    const isBare = !argument.includes(separator) && !/[*?]/.test(argument)
    const anywhere = isBare ? `*${separator}${argument}` : argument
    return { include: anywhere.endsWith(separator) ? `${anywhere}*` : anywhere }
  })
}
