/**
 * Metadata blobs (format section 7): a byte-order mark and one flat JSON object of strings. The mark is part of the
 * bytes that are hashed and counted.
 */
import { encodeWithBom, isJsonObject, parseJson } from './json-text.ts'
import { VolumeError } from './volume-error.ts'

/** Keys and values in order. Keys that are not known here are kept as they are. */
export type MetadataRecord = Map<string, string>

/** Keys that Duplicati knows. */
export const META = {
  /** Followed by the name of an extended attribute; the value is its Base64. */
  xattrPrefix: 'unix-ext:',
  uidGidPerm: 'unix:uid-gid-perm',
  ownerName: 'unix:owner-name',
  groupName: 'unix:group-name',
  macosFlags: 'macos:flags',
  macosAcl: 'macos:acl',
  windowsAccessRules: 'win-ext:accessrules',
  windowsAccessRulesProtected: 'win-ext:accessrulesprotected',
  attributes: 'CoreAttributes',
  lastWriteTime: 'CoreLastWritetime',
  createTime: 'CoreCreatetime',
  symlinkTarget: 'CoreSymlinkTarget',
  /** Begins the keys of this library, for what the keys above cannot hold; Duplicati passes over them. */
  ownPrefix: 'tercet:'
} as const

/** Order in which Duplicati writes the known keys; extended attributes come before all, the link target is last. */
const ORDER: readonly string[] = [
  META.uidGidPerm,
  META.ownerName,
  META.groupName,
  META.macosFlags,
  META.macosAcl,
  META.windowsAccessRules,
  META.windowsAccessRulesProtected,
  META.attributes,
  META.lastWriteTime,
  META.createTime
]

/** Metadata of an entry whose metadata is not stored, is unreadable or too long: the empty object (7.5). */
export const EMPTY_METADATA: Uint8Array = /* @__PURE__ */ encodeWithBom('{}')

/** The blob of a record, its known keys in the order in which Duplicati writes them. */
export function encodeMetadata(record: ReadonlyMap<string, string>): Uint8Array {
  const entries = [...record].sort(([a], [b]) => rank(a) - rank(b))
  const json = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')
  return encodeWithBom(`{${json}}`)
}

/** Equal ranks keep the order in which they were set. */
function rank(key: string): number {
  if (key.startsWith(META.xattrPrefix)) return 0
  if (key === META.symlinkTarget) return ORDER.length + 2
  const known = ORDER.indexOf(key)
  return known < 0 ? ORDER.length + 1 : known + 1
}

/**
 * Reads a blob, with or without its byte-order mark. Values that are no strings are passed over, as unknown keys are by
 * those who do not know them.
 *
 * @throws VolumeError `VOLUME_METADATA_INVALID`
 */
export function decodeMetadata(bytes: Uint8Array): MetadataRecord {
  const json = parseJson(bytes)
  if (!isJsonObject(json))
    throw new VolumeError('VOLUME_METADATA_INVALID', 'The metadata is not a JSON object')
  const record: MetadataRecord = new Map()
  for (const [key, value] of Object.entries(json)) if (typeof value === 'string') record.set(key, value)
  return record
}

const TICKS_AT_EPOCH = 621_355_968_000_000_000n
const MAX_TICKS = 3_155_378_975_999_999_999n
const NANOSECONDS_PER_TICK = 100n

/** Ticks of 100 ns since the year 1; what is below 100 ns is cut off, and times .NET cannot hold become the nearest. */
export function unixNsToTicks(nanoseconds: bigint): bigint {
  const remainder = ((nanoseconds % NANOSECONDS_PER_TICK) + NANOSECONDS_PER_TICK) % NANOSECONDS_PER_TICK
  const ticks = (nanoseconds - remainder) / NANOSECONDS_PER_TICK + TICKS_AT_EPOCH
  return ticks < 0n ? 0n : ticks > MAX_TICKS ? MAX_TICKS : ticks
}

export function ticksToUnixNs(ticks: bigint): bigint {
  return (ticks - TICKS_AT_EPOCH) * NANOSECONDS_PER_TICK
}

/** Ticks from their decimal text; undefined for anything that is no time .NET can hold. */
export function parseTicks(text: string): bigint | undefined {
  if (!/^\d{1,19}$/.test(text)) return undefined
  const ticks = BigInt(text)
  return ticks > MAX_TICKS ? undefined : ticks
}

/** Owner and permission bits of {@link META.uidGidPerm}; `perm` without set-uid, set-gid and sticky. */
export interface UnixOwner {
  readonly uid: number
  readonly gid: number
  readonly perm: number
}

/** `<uid>-<gid>-<perm>`, all decimal; only the nine permission bits are kept. */
export function formatUnixOwner(owner: UnixOwner): string {
  return `${owner.uid}-${owner.gid}-${owner.perm & 0o777}`
}

export function parseUnixOwner(text: string): UnixOwner | undefined {
  const match = /^(\d{1,10})-(\d{1,10})-(\d{1,4})$/.exec(text)
  if (match === null) return undefined
  const [uid, gid, perm] = match.slice(1).map(Number) as [number, number, number]
  return uid > 0xffffffff || gid > 0xffffffff || perm > 0o7777 ? undefined : { uid, gid, perm: perm & 0o777 }
}
