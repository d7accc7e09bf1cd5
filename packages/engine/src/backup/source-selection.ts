import { ConfigurationError } from '@tercet/interface'
import type { ScanOptions } from '@tercet/source-fs'
import { OptionReader } from '../common/validate.ts'

/** What decides which entries of the sources are taken: one and the same for a backup and for a try of its filters. */
export interface SourceSelection {
  /** Files and folders. Relative paths are taken from the working folder; one inside another is stored once. */
  readonly sources: readonly string[]
  /** Ordered filter rules, `+expression` or `-expression`; the first that matches decides. */
  readonly filters?: readonly string[] | undefined
  /** Appended to `filters` as `+` rules, before `exclude`. */
  readonly include?: readonly string[] | undefined
  /** Appended to `filters` as `-` rules. */
  readonly exclude?: readonly string[] | undefined
  /** @defaultValue store */
  readonly symlinkPolicy?: 'store' | 'follow' | 'ignore' | undefined
  /**
   * Files with several names: `all` reads each name, `first` reads one and stores the others by it, `none` leaves such
   * files out. With both of the first two every name is stored, and a restore makes one file with these names of them.
   *
   * @defaultValue all
   */
  readonly hardlinkPolicy?: 'all' | 'first' | 'none' | undefined
  /** A folder that holds an entry of one of these names is left out. @defaultValue CACHEDIR.TAG */
  readonly ignoreFilenames?: readonly string[] | undefined
  /** Entries with any of these attributes are left out, such as `Hidden`. */
  readonly excludeAttributes?: readonly string[] | undefined
  /** Leave out entries that an extended attribute marks as excluded. @defaultValue true */
  readonly honourExclusionAttributes?: boolean | undefined
  /** Larger files are left out. */
  readonly maxFileBytes?: number | undefined
  /** @defaultValue false */
  readonly excludeEmptyFolders?: boolean | undefined
}

export const SELECTION_KEYS = [
  'sources',
  'filters',
  'include',
  'exclude',
  'symlinkPolicy',
  'hardlinkPolicy',
  'ignoreFilenames',
  'excludeAttributes',
  'honourExclusionAttributes',
  'maxFileBytes',
  'excludeEmptyFolders'
] as const satisfies readonly (keyof SourceSelection)[]

/** A selection with every default, and its filters in one list. */
export type ResolvedSelection = ReturnType<typeof resolveSelection>

/** @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_MISSING` */
export function resolveSelection(options: SourceSelection, where: string) {
  const read = new OptionReader(options, where)
  const sources = read.texts('sources', [])
  if (sources.length === 0)
    throw new ConfigurationError('CONFIG_MISSING', `${where}: name at least one source`)
  return {
    sources,
    filters: [
      ...checkedRules(read.texts('filters', []), where),
      ...read.texts('include', []).map((expression) => `+${expression}`),
      ...read.texts('exclude', []).map((expression) => `-${expression}`)
    ],
    symlinkPolicy: read.choice('symlinkPolicy', 'store', ['store', 'follow', 'ignore']),
    hardlinkPolicy: read.choice('hardlinkPolicy', 'all', ['all', 'first', 'none']),
    ignoreFilenames: read.texts('ignoreFilenames', ['CACHEDIR.TAG']),
    excludeAttributes: read.texts('excludeAttributes', []),
    honourExclusionAttributes: read.flag('honourExclusionAttributes', true),
    maxFileBytes: read.optionalInteger('maxFileBytes', 1),
    excludeEmptyFolders: read.flag('excludeEmptyFolders', false)
  }
}

/**
 * What a scan of these sources looks at, for whoever watches them meanwhile.
 *
 * @throws ConfigurationError `CONFIG_INVALID_VALUE`, `CONFIG_MISSING`
 */
export function scanOptionsOfSelection(selection: SourceSelection): ScanOptions {
  return selectionScanOptions(resolveSelection(selection, 'the selection of sources'))
}

/** The selection in the words of the source. */
export function selectionScanOptions(selection: ResolvedSelection): ScanOptions {
  return {
    sources: selection.sources,
    filters: selection.filters,
    symlinkPolicy: selection.symlinkPolicy,
    hardlinkPolicy: selection.hardlinkPolicy,
    ignoreFilenames: selection.ignoreFilenames,
    excludeFilesAttributes: selection.excludeAttributes,
    exclusionXattrs: selection.honourExclusionAttributes,
    excludeEmptyFolders: selection.excludeEmptyFolders,
    skipFilesLargerThan: selection.maxFileBytes ?? 0
  }
}

function checkedRules(rules: readonly string[], where: string): readonly string[] {
  for (const rule of rules) {
    if (/^[+-]./s.test(rule)) continue
    throw new ConfigurationError(
      'CONFIG_INVALID_VALUE',
      `${where}: the filter ${JSON.stringify(rule)} must begin with "+" or "-", followed by an expression`,
      { context: { key: 'filters' } }
    )
  }
  return rules
}
