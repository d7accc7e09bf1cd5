import type { EntryRow } from '@tercet/core'
import { ConfigurationError } from '@tercet/interface'
import { argumentFilters, parseFilters } from '@tercet/source-fs'
import { platformOf } from '../common/selection-paths.ts'
import type { FateOf } from '../rewrite/entry-fate.ts'
import type { PurgeSelection } from './purge-options.ts'

/** A path that nobody has, in the way of each platform: who chooses it chooses everything. */
const NO_PATH = { linux: '/\u{1}\u{2}no\u{3}/\u{4}one', windows: 'Q:\\\u{1}\u{2}no\u{3}\\\u{4}one' } as const

/**
 * Tells what goes. The rules are read by the platform of the paths that they meet.
 *
 * @throws SourceError `FILTER_INVALID`; ConfigurationError `CONFIG_INVALID_VALUE` for rules that choose everything
 */
export function purgeFilter(selection: PurgeSelection): FateOf {
  const tests = { linux: compile(selection, 'linux'), windows: compile(selection, 'windows') }
  return ({ path }: EntryRow) => (tests[platformOf(path)](path) ? 'remove' : 'keep')
}

type Test = (path: string) => boolean

function compile({ paths, filters }: PurgeSelection, platform: 'linux' | 'windows'): Test {
  const filter = parseFilters([...argumentFilters(paths, platform), ...filters], { platform })
  const goes: Test = (path) => {
    if (filter.onlyIncludes) return filter.includes(path)
    const { included, rule } = filter.explain(path)
    return included && rule !== undefined
  }
  if (!goes(NO_PATH[platform])) return goes
  throw new ConfigurationError(
    'CONFIG_INVALID_VALUE',
    'planPurge: the rules choose everything there is; to get rid of whole versions, delete them',
    { context: { key: 'paths', where: 'planPurge' } }
  )
}
