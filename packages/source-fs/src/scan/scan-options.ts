import { assertKnownKeys, ConfigurationError, nearestName } from '@tercet/interface'
import type { FilterRule } from '../filter/filter-rule.ts'
import { type PathFilter, parseFilters } from '../filter/path-filter.ts'
import { ATTRIBUTE_BITS, NON_LOCAL } from '../metadata/file-attributes.ts'
import { currentPlatform, type Platform } from '../platform.ts'
import { SourceError } from '../source-error.ts'
import { normalizeSources, type SourceRoots } from './source-roots.ts'

/** A folder of the source in which this program keeps files, where others may be too: a destination. */
export interface OwnFolder {
  /** However the walk comes to it: the folder is known by its identity, not by its name. */
  readonly path: string
  /** Regular expressions, as text, for the names of the files directly in it that are this program's. */
  readonly names: readonly string[]
}

/** What to back up. Plain JSON, so that it can be stored and sent to a worker thread. */
export interface ScanOptions {
  /** Files and folders; relative ones start at the working directory. */
  readonly sources: readonly string[]
  readonly filters?: readonly FilterRule[] | undefined
  /** `store` as links, `ignore`, or `follow`: treat a link as what it leads to. @defaultValue 'store' */
  readonly symlinkPolicy?: 'store' | 'ignore' | 'follow' | undefined
  /**
   * Files with several names: `all` stores each name; `first` too, but says of later names that they are the same file
   * (of the latest 100 000 files whose names have not all been met);
   * `none` stores no file that has several names. @defaultValue 'all'
   */
  readonly hardlinkPolicy?: 'all' | 'first' | 'none' | undefined
  /** Files of more bytes are left out; 0: no limit. @defaultValue 0 */
  readonly skipFilesLargerThan?: number | undefined
  /** Entries with any of these attributes are left out, such as `Hidden` or `Temporary`. */
  readonly excludeFilesAttributes?: readonly string[] | undefined
  /** Leave out placeholders of files whose content is elsewhere. @defaultValue false */
  readonly excludeNonLocalFiles?: boolean | undefined
  /** A folder that holds an entry of one of these names is left out, unless it is a source. @defaultValue ['CACHEDIR.TAG'] */
  readonly ignoreFilenames?: readonly string[] | undefined
  /** Leave out what carries an extended attribute that asks for it. @defaultValue true */
  readonly exclusionXattrs?: boolean | undefined
  /** Leave out folders in which nothing is stored, sources excepted. @defaultValue false */
  readonly excludeEmptyFolders?: boolean | undefined
  /** Say nothing about sources that do not exist or may not be read. @defaultValue false */
  readonly allowMissingSource?: boolean | undefined
  /** Stop when a source does not exist or may not be read. @defaultValue false */
  readonly abortIfSourceMissing?: boolean | undefined
  /** Stop when a source folder is empty. @defaultValue false */
  readonly preventEmptySource?: boolean | undefined
  /** Files and folders of this program that are never backed up: catalog, journal, temporary files. */
  readonly ownFiles?: readonly string[] | undefined
  /** Folders of this program with files of others in them, of which only its own are left out. */
  readonly ownFolders?: readonly OwnFolder[] | undefined
}

/** {@link ScanOptions} with every default filled in and everything compiled. */
export interface ResolvedScanOptions {
  readonly platform: Platform
  readonly roots: SourceRoots
  readonly filter: PathFilter
  readonly symlinkPolicy: 'store' | 'ignore' | 'follow'
  readonly hardlinkPolicy: 'all' | 'first' | 'none'
  /** Infinity: no limit. */
  readonly maxFileSizeBytes: number
  readonly excludedAttributes: number
  readonly ignoreFilenames: readonly string[]
  readonly exclusionXattrs: boolean
  readonly excludeEmptyFolders: boolean
  readonly allowMissingSource: boolean
  readonly abortIfSourceMissing: boolean
  readonly preventEmptySource: boolean
  /** Without trailing separators. */
  readonly ownFiles: ReadonlySet<string>
  readonly ownFolders: readonly OwnFolder[]
}

const KEYS: readonly (keyof ScanOptions)[] = [
  'sources',
  'filters',
  'symlinkPolicy',
  'hardlinkPolicy',
  'skipFilesLargerThan',
  'excludeFilesAttributes',
  'excludeNonLocalFiles',
  'ignoreFilenames',
  'exclusionXattrs',
  'excludeEmptyFolders',
  'allowMissingSource',
  'abortIfSourceMissing',
  'preventEmptySource',
  'ownFiles',
  'ownFolders'
]

/**
 * Checks the options without any I/O.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`, `CONFIG_INVALID_VALUE`, `CONFIG_CONFLICT`
 * @throws SourceError `FILTER_INVALID`, or `SOURCE_NONE` when there are no sources
 */
export function resolveScanOptions(options: ScanOptions): ResolvedScanOptions {
  assertKnownKeys(options, KEYS, 'A scan')
  const platform = currentPlatform()
  const limit = options.skipFilesLargerThan ?? 0
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw invalid('skipFilesLargerThan', limit, 'is no number of bytes')
  if (options.allowMissingSource && options.abortIfSourceMissing) {
    throw new ConfigurationError(
      'CONFIG_CONFLICT',
      'allowMissingSource and abortIfSourceMissing exclude each other: choose one'
    )
  }
  const sources = strings('sources', options.sources)
  if (sources.length === 0)
    throw new SourceError('SOURCE_NONE', 'There is nothing to back up: name at least one source')
  const nonLocal = options.excludeNonLocalFiles === true ? NON_LOCAL : 0
  return {
    platform,
    roots: normalizeSources(sources, platform),
    filter: parseFilters(options.filters ?? [], { platform, ownFolders: options.ownFiles }),
    symlinkPolicy: oneOf('symlinkPolicy', options.symlinkPolicy ?? 'store', ['store', 'ignore', 'follow']),
    hardlinkPolicy: oneOf('hardlinkPolicy', options.hardlinkPolicy ?? 'all', ['all', 'first', 'none']),
    maxFileSizeBytes: limit === 0 ? Number.POSITIVE_INFINITY : limit,
    excludedAttributes: attributeBits(options.excludeFilesAttributes ?? []) | nonLocal,
    ignoreFilenames: strings('ignoreFilenames', options.ignoreFilenames ?? ['CACHEDIR.TAG']),
    exclusionXattrs: options.exclusionXattrs ?? true,
    excludeEmptyFolders: options.excludeEmptyFolders ?? false,
    allowMissingSource: options.allowMissingSource ?? false,
    abortIfSourceMissing: options.abortIfSourceMissing ?? false,
    preventEmptySource: options.preventEmptySource ?? false,
    ownFiles: new Set(
      strings('ownFiles', options.ownFiles ?? []).map((path) => path.replace(/(?<=.)[\\/]+$/, ''))
    ),
    ownFolders: options.ownFolders ?? []
  }
}

function strings(key: string, value: readonly string[]): readonly string[] {
  if (!Array.isArray(value)) throw invalid(key, value, 'is no list')
  for (const item of value) {
    if (typeof item !== 'string' || item === '' || item.includes('\0'))
      throw invalid(key, item, 'is no path or name')
  }
  return value
}

function oneOf<Value extends string>(key: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((candidate) => candidate === value)
  if (found === undefined) throw invalid(key, value, `is none of ${allowed.join(', ')}`)
  return found
}

function attributeBits(names: readonly string[]): number {
  let bits = 0
  for (const name of strings('excludeFilesAttributes', names)) {
    const known = [...ATTRIBUTE_BITS].find(([candidate]) => candidate.toLowerCase() === name.toLowerCase())
    if (known === undefined) {
      const nearest = nearestName(name, [...ATTRIBUTE_BITS.keys()])
      throw invalid(
        'excludeFilesAttributes',
        name,
        `is no attribute${nearest ? `; did you mean ${nearest}?` : ''}`
      )
    }
    bits |= known[1]
  }
  return bits
}

function invalid(key: string, value: unknown, reason: string): ConfigurationError {
  return new ConfigurationError('CONFIG_INVALID_VALUE', `${key}: ${JSON.stringify(value)} ${reason}`, {
    context: { key }
  })
}
