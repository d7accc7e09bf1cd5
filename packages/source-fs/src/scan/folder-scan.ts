import type { FileStat } from '@tercet/native'
import type { SourceIssue } from '../source-error.ts'
import type { EntryType } from './stat-reader.ts'

/** One entry of a version. */
export interface ScanEntry {
  /** Folders, and links that lead to folders, have a trailing separator. */
  readonly name: string
  readonly type: EntryType
  /** Of the entry, or with the policy `follow`, of what a link leads to. */
  readonly stat: FileStat
  /** Full path of another name of the same file that this scan reported before: the content is the same. */
  readonly linkOf?: string | undefined
  /** A folder of {@link ScanOptions.ownFolders}: its time says nothing, since this program changes it. */
  readonly holdsOwnFiles?: boolean | undefined
}

/** What the scan found in one folder. */
export interface FolderScan {
  /** With a trailing separator; '' for the root of a file system as an entry. */
  readonly path: string
  /**
   * - `folder` the entries are all that the folder has: whatever else an older version has there is gone
   * - `listed` the scan looked only for these entries; nothing is known about others
   */
  readonly kind: 'folder' | 'listed'
  /** False: the folder could not be read; an issue says why, and that its content is carried over. */
  readonly complete: boolean
  /** In the order of the UTF-8 bytes of their names, which is the order of SQLite's `ORDER BY name`. */
  readonly entries: ScanEntry[]
  /** Names of folders that are entered although they are not stored themselves, in the same order. */
  readonly entered: string[]
  readonly issues: SourceIssue[]
  /**
   * Of a `listed` scan: names without separators that were looked for. Those that are not in `entries` and that no issue
   * speaks of are gone or left out, with all that was below them.
   */
  readonly looked?: readonly string[] | undefined
  /**
   * With `deferXattrs`: whether extended attributes of this entry ask to leave it out. If so, the entry is taken out of
   * `entries` and a folder is not entered. To be asked before the next folder is taken from the scan, and only about
   * entries that are new or changed, since setting an attribute changes an entry's change time.
   */
  excludeByXattr(entry: ScanEntry): boolean
}

/** Compares as the UTF-8 bytes of the names would. UTF-16 has surrogates before U+E000 and above, UTF-8 after. */
export function compareNames(left: string, right: string): number {
  const length = Math.min(left.length, right.length)
  for (let at = 0; at < length; at++) {
    const a = left.charCodeAt(at)
    const b = right.charCodeAt(at)
    if (a !== b) return a >= FIRST_SURROGATE && b >= FIRST_SURROGATE ? rank(a) - rank(b) : a - b
  }
  return left.length - right.length
}

/** Sorts in the order of {@link compareNames}, with the faster comparison of the language where that is the same. */
export function sortByName<Item>(items: Item[], nameOf: (item: Item) => string): void {
  if (items.some((item) => HIGH.test(nameOf(item)))) {
    items.sort((left, right) => compareNames(nameOf(left), nameOf(right)))
  } else {
    items.sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
  }
}

const HIGH = /[\ud800-\uffff]/
const FIRST_SURROGATE = 0xd800
const LAST_SURROGATE = 0xdfff

function rank(unit: number): number {
  return unit <= LAST_SURROGATE ? unit + 0x10000 : unit
}
