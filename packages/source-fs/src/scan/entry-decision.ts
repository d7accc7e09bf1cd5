import { lstatSync } from 'node:fs'
import type { FileStat } from '@tercet/native'
import { fileAttributes } from '../metadata/file-attributes.ts'
import { separatorOf } from '../platform.ts'
import type { OwnFiles } from './own-files.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import type { EntryType } from './stat-reader.ts'

/** Why an entry is part of a version or is not. */
export type DecisionReason =
  | 'source'
  | 'filter'
  | 'no-filter'
  | 'own-file'
  | 'special-file'
  | 'hardlink-policy'
  | 'ignore-marker'
  | 'attribute'
  | 'exclusion-xattr'
  | 'symlink-policy'
  | 'size-limit'
  | 'empty-folder'

export interface Decision {
  readonly stored: boolean
  /** For folders: whether what is inside is looked at. */
  readonly entered: boolean
  readonly reason: DecisionReason
}

const drop = (reason: DecisionReason): Decision => Object.freeze({ stored: false, entered: false, reason })
const keep = (reason: DecisionReason): Decision => Object.freeze({ stored: true, entered: true, reason })

/** The same few objects for all entries: a scan decides hundreds of thousands of times a second. */
export const DECISIONS = {
  source: keep('source'),
  kept: keep('no-filter'),
  keptByFilter: keep('filter'),
  onlyEntered: Object.freeze({ stored: false, entered: true, reason: 'filter' }) satisfies Decision,
  ownFile: drop('own-file'),
  special: drop('special-file'),
  hardlink: drop('hardlink-policy'),
  marker: drop('ignore-marker'),
  attribute: drop('attribute'),
  filter: drop('filter'),
  xattr: drop('exclusion-xattr'),
  symlink: drop('symlink-policy'),
  size: drop('size-limit'),
  empty: drop('empty-folder')
} as const

/** Extended attributes that ask to leave a file or folder out of backups. */
export const EXCLUSION_XATTRS: readonly string[] = [
  'com.apple.metadata:com_apple_backup_excludeItem',
  'duplicati.exclude',
  'user.duplicati.exclude'
]

/**
 * Decides what becomes of entries: the one place that knows, for backups, for counting and for explaining filters. The
 * order of the checks is part of the behaviour: the first that drops an entry is the reason that is told. Extended
 * attributes are not looked at here, because that costs a system call; see {@link isExcludedByXattr}.
 */
export class EntryDecider {
  readonly #options: ResolvedScanOptions
  readonly #ownFiles: OwnFiles
  readonly #separator: string

  constructor(options: ResolvedScanOptions, ownFiles: OwnFiles) {
    this.#options = options
    this.#ownFiles = ownFiles
    this.#separator = separatorOf(options.platform)
  }

  /**
   * @param path full path; folders and links to folders with a trailing separator
   * @param isLink the entry itself is a symbolic link, whatever `type` it is taken for
   */
  decide(
    path: string,
    name: string,
    type: EntryType | undefined,
    stat: FileStat,
    isLink: boolean,
    isSource: boolean
  ): Decision {
    const options = this.#options
    if (this.#ownFiles.has(this.#withoutSeparator(path), name)) return DECISIONS.ownFile
    if (type === undefined) return DECISIONS.special
    if (isSource)
      return type === 'file' && stat.size > options.maxFileSizeBytes ? DECISIONS.size : DECISIONS.source
    if (type === 'file' && stat.nlink > 1 && options.hardlinkPolicy === 'none') return DECISIONS.hardlink
    if (type === 'folder' && this.#hasMarker(path)) return DECISIONS.marker
    if (
      options.excludedAttributes !== 0 &&
      (fileAttributes(name, type, stat) & options.excludedAttributes) !== 0
    ) {
      return DECISIONS.attribute
    }
    if (!options.filter.isEmpty && !options.filter.includes(path)) {
      return type === 'folder' && options.filter.onlyIncludes ? DECISIONS.onlyEntered : DECISIONS.filter
    }
    if (isLink && options.symlinkPolicy === 'ignore') return DECISIONS.symlink
    if (type === 'file' && stat.size > options.maxFileSizeBytes) return DECISIONS.size
    return options.filter.isEmpty ? DECISIONS.kept : DECISIONS.keptByFilter
  }

  #hasMarker(folder: string): boolean {
    for (const name of this.#options.ignoreFilenames) {
      try {
        if (lstatSync(folder + name, QUIET) !== undefined) return true
      } catch {
        // A folder that may not be looked into is reported when it is read.
      }
    }
    return false
  }

  #withoutSeparator(path: string): string {
    return path.length > 1 && path.endsWith(this.#separator) ? path.slice(0, -1) : path
  }
}

const QUIET = { throwIfNoEntry: false } as const

/** Whether one of these names is an attribute that asks for exclusion. */
export function isExcludedByXattr(names: readonly string[]): boolean {
  for (const name of names) if (EXCLUSION_XATTRS.includes(name)) return true
  return false
}
