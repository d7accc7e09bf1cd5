import { ATTRIBUTE_BITS } from './file-attributes.ts'
import { METADATA_KEYS } from './metadata-keys.ts'
import { parseTicks, type Timestamp } from './ticks.ts'

/** What a metadata record says about an entry. What is absent or makes no sense is undefined. */
export interface Metadata {
  readonly uid?: number | undefined
  readonly gid?: number | undefined
  /** With set-uid, set-gid and sticky, where they are known. */
  readonly mode?: number | undefined
  readonly userName?: string | undefined
  readonly groupName?: string | undefined
  readonly attributes?: number | undefined
  readonly modified?: Timestamp | undefined
  /** Text, or bytes where the target is not UTF-8. */
  readonly linkTarget?: string | Uint8Array | undefined
  readonly xattrs: readonly (readonly [name: string, value: Uint8Array])[]
  /** Entries of one version with the same value are names of one file. */
  readonly hardlink?: string | undefined
}

/** Reads a record that may come from any system and from anybody. Never throws. */
export function interpretMetadata(record: ReadonlyMap<string, string>): Metadata {
  const owner = parseOwner(record.get(METADATA_KEYS.owner))
  const ownMode = parseMode(record.get(METADATA_KEYS.mode))
  const modified = record.get(METADATA_KEYS.modified)
  const mode =
    owner === undefined ? ownMode : ownMode === undefined ? owner.mode : (ownMode & 0o7000) | owner.mode
  return {
    uid: owner?.uid,
    gid: owner?.gid,
    mode,
    userName: record.get(METADATA_KEYS.userName),
    groupName: record.get(METADATA_KEYS.groupName),
    attributes: parseAttributes(record.get(METADATA_KEYS.attributes)),
    modified: modified === undefined ? undefined : parseTicks(modified),
    linkTarget: linkTarget(record),
    xattrs: xattrs(record),
    hardlink: record.get(METADATA_KEYS.hardlink)
  }
}

const MAX_ID = 0xffff_fffe

function parseOwner(text: string | undefined) {
  const match = /^(\d{1,10})-(\d{1,10})-(\d{1,4})$/.exec(text ?? '')
  if (match === null) return undefined
  const [uid, gid, mode] = [Number(match[1]), Number(match[2]), Number(match[3])]
  return uid > MAX_ID || gid > MAX_ID ? undefined : { uid, gid, mode: mode & 0o777 }
}

function parseMode(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,4}$/.test(text) ? Number(text) & 0o7777 : undefined
}

function parseAttributes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,10}$/.test(text)) return Number(text)
  let bits = 0
  for (const name of text.split(',')) bits |= ATTRIBUTE_BITS.get(name.trim()) ?? 0
  return bits
}

function linkTarget(record: ReadonlyMap<string, string>): string | Uint8Array | undefined {
  const target = record.get(METADATA_KEYS.linkTarget)
  const raw = record.get(METADATA_KEYS.rawLinkTarget)
  const usable = raw !== undefined ? fromBase64(raw) : target
  if (usable === undefined || usable.length === 0) return undefined
  return (typeof usable === 'string' ? usable.includes('\0') : usable.includes(0)) ? undefined : usable
}

const XATTR_PREFIXES = [METADATA_KEYS.xattrPrefix, METADATA_KEYS.emptyXattrPrefix]

function xattrs(record: ReadonlyMap<string, string>): readonly (readonly [string, Uint8Array])[] {
  const pairs: [string, Uint8Array][] = []
  for (const [key, value] of record) {
    const prefix = XATTR_PREFIXES.find((known) => key.startsWith(known))
    if (prefix === undefined) continue
    const name = key.slice(prefix.length)
    const bytes = fromBase64(value)
    if (name !== '' && !name.includes('\0') && bytes !== undefined) pairs.push([name, bytes])
  }
  return pairs
}

function fromBase64(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text ? bytes : undefined
}
