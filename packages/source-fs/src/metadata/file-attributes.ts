import type { FileStat } from '@tercet/native'
import type { EntryType } from '../scan/stat-reader.ts'

/** File attributes by name, in ascending order of their bits, which is the order in which they are written. */
export const ATTRIBUTE_BITS: ReadonlyMap<string, number> = new Map([
  ['ReadOnly', 0x1],
  ['Hidden', 0x2],
  ['System', 0x4],
  ['Directory', 0x10],
  ['Archive', 0x20],
  ['Device', 0x40],
  ['Normal', 0x80],
  ['Temporary', 0x100],
  ['SparseFile', 0x200],
  ['ReparsePoint', 0x400],
  ['Compressed', 0x800],
  ['Offline', 0x1000],
  ['NotContentIndexed', 0x2000],
  ['Encrypted', 0x4000],
  ['IntegrityStream', 0x8000],
  ['Virtual', 0x10000],
  ['NoScrubData', 0x20000],
  ['RecallOnOpen', 0x40000],
  ['Pinned', 0x80000],
  ['Unpinned', 0x100000],
  ['RecallOnDataAccess', 0x400000]
])

export const READ_ONLY = 0x1
const HIDDEN = 0x2
const DIRECTORY = 0x10
const NORMAL = 0x80
const REPARSE_POINT = 0x400
/** Placeholders of files whose content is elsewhere. */
export const NON_LOCAL = 0x1000 | 0x40000 | 0x400000

const effectiveUser = process.geteuid?.() ?? 0
const groups: ReadonlySet<number> = new Set([process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])])

/** The attributes that an entry of a system without attributes is given. `name` may end with a separator. */
export function fileAttributes(name: string, type: EntryType, stat: FileStat): number {
  let attributes = 0
  if (type !== 'symlink' && isReadOnly(stat)) attributes |= READ_ONLY
  if (name.charCodeAt(0) === DOT) attributes |= HIDDEN
  if (type === 'folder') attributes |= DIRECTORY
  else if (type === 'symlink') {
    attributes |= REPARSE_POINT
    if (name.charCodeAt(name.length - 1) === SLASH) attributes |= DIRECTORY
  }
  return attributes === 0 ? NORMAL : attributes
}

const DOT = 46
const SLASH = 47

/**
 * The class of the current user may read and not write. Where all classes agree, nobody has to look who that is; root
 * counts as what it is to the file, as it does for the system that these attributes come from.
 */
function isReadOnly(stat: FileStat): boolean {
  const owner = (stat.mode & 0o600) === 0o400
  const group = (stat.mode & 0o060) === 0o040
  const others = (stat.mode & 0o006) === 0o004
  if (owner === group && group === others) return owner
  if (stat.uid === effectiveUser) return owner
  return groups.has(stat.gid) ? group : others
}

/** The names of the set bits, as they are stored. Bits without a name make it the number. */
export function formatAttributes(attributes: number): string {
  const names: string[] = []
  let rest = attributes
  for (const [name, bit] of ATTRIBUTE_BITS) {
    if ((attributes & bit) === 0) continue
    names.push(name)
    rest &= ~bit
  }
  return rest === 0 && names.length > 0 ? names.join(', ') : String(attributes)
}
