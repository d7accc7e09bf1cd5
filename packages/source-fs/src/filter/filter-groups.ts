import { nearestName } from '@tercet/interface'
import type { Platform } from '../platform.ts'
import { filterInvalid } from './filter-rule.ts'
import { GROUP_EXPRESSIONS, type PrimaryGroup } from './group-expressions.ts'

/** What the expressions of groups depend on besides the platform. */
export interface GroupContext {
  readonly platform: Platform
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The system's folder for temporary files. */
  readonly temporaryFolder: string
  /** Folders where this program keeps its own files. */
  readonly ownFolders: readonly string[]
}

const ALL: readonly PrimaryGroup[] = [
  'SystemFiles',
  'OperatingSystem',
  'CacheFiles',
  'TemporaryFiles',
  'Applications'
]

/** Names of each group; they are compared without regard to case. */
const NAMES: readonly (readonly [names: readonly string[], groups: readonly PrimaryGroup[]])[] = [
  [['SystemFiles', 'System', 'Sys'], ['SystemFiles']],
  [['OperatingSystem', 'OS'], ['OperatingSystem']],
  [['CacheFiles', 'Cache', 'Caches', 'CacheFolders'], ['CacheFiles']],
  [['TemporaryFiles', 'TemporaryFolders', 'TempFolders', 'TempFiles', 'Temp', 'Tmp'], ['TemporaryFiles']],
  [['Applications', 'Application', 'Apps', 'App'], ['Applications']],
  [['DefaultExcludes', 'DefaultExclude', 'Excludes', 'Exclude', 'Exc'], ALL],
  [['DefaultIncludes', 'DefaultInclude', 'Includes', 'Include', 'Inc', 'None'], []]
]

const BY_NAME: ReadonlyMap<string, readonly PrimaryGroup[]> = new Map(
  NAMES.flatMap(([names, groups]) => names.map((name) => [name.toLowerCase(), groups] as const))
)
const EVERY_NAME = NAMES.flatMap(([names]) => names)

/**
 * The expressions that a list of group names stands for on a platform.
 *
 * @throws SourceError `FILTER_INVALID` for a name that is no group
 */
export function expandGroups(list: string, context: GroupContext): readonly string[] {
  const groups = new Set<PrimaryGroup>()
  for (const name of list.split(/[,:;|]/).map((part) => part.trim())) {
    const members = BY_NAME.get(name.toLowerCase())
    if (members === undefined) {
      const nearest = nearestName(name, EVERY_NAME)
      const hint =
        nearest === undefined ? `the groups are ${EVERY_NAME.join(', ')}` : `did you mean ${nearest}?`
      throw filterInvalid(`{${list}}`, `there is no group "${name}"; ${hint}`)
    }
    for (const member of members) groups.add(member)
  }
  return [...groups].flatMap((group) => [
    ...GROUP_EXPRESSIONS[context.platform][group].flatMap((expression) =>
      expandVariables(expression, context)
    ),
    ...ofEverySystem(group, context)
  ])
}

/** Files that are caches or temporary wherever they are. */
function ofEverySystem(group: PrimaryGroup, context: GroupContext): readonly string[] {
  const separator = context.platform === 'windows' ? '\\' : '/'
  const native = (expression: string) => expression.replaceAll('/', separator)
  if (group === 'CacheFiles') {
    return [
      ...context.ownFolders.map((folder) => asFolder(folder, separator)),
      ...CACHES_OF_EVERY_SYSTEM.map(native)
    ]
  }
  return group === 'TemporaryFiles' ? [asFolder(context.temporaryFolder, separator)] : []
}

const CACHES_OF_EVERY_SYSTEM = [
  '*/Google/Chrome/*cache*',
  '*/Google/Chrome/*Current*',
  '*/Google/Chrome/*LOCK*',
  '*/Google/Chrome/*journal*',
  '*/google-chrome/*cache*',
  '*/google-chrome/*Current*',
  '*/google-chrome/*LOCK*',
  '*/google-chrome/*journal*',
  '*/Mozilla/Firefox/*cache*',
  '*/.mozilla/firefox/*cache*',
  '*/firefox/*lock*',
  '*/iPod Photo Cache/'
]

/** Puts in each `%NAME%`; an expression with a variable that is not set stands for nothing. */
function expandVariables(expression: string, context: GroupContext): readonly string[] {
  let isComplete = true
  const expanded = expression.replace(/%([\w()]+)%/g, (_, name: string) => {
    const value = context.environment[name]?.replace(/[\\/]+$/, '')
    if (value === undefined || value === '') isComplete = false
    return value ?? ''
  })
  return isComplete ? [expanded] : []
}

function asFolder(folder: string, separator: string): string {
  return folder.endsWith(separator) ? folder : folder + separator
}
