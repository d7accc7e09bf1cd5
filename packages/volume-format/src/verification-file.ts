/** The optional, unencrypted list of volumes `<prefix>-verification.json` (format section 1.3). */
import { fromBase64, toBase64 } from '@tercet/crypto'
import { encodeWithBom, isJsonObject, parseJson } from './json-text.ts'
import { VolumeError } from './volume-error.ts'
import type { VolumeType } from './volume-name.ts'

const TYPES: readonly VolumeType[] = ['dblock', 'dlist', 'dindex']
const STATES = ['temporary', 'uploading', 'uploaded', 'verified', 'deleting', 'deleted'] as const

export type VerificationState = (typeof STATES)[number]

export interface VerificationRecord {
  readonly id: number
  readonly name: string
  /** File-hash of the remote bytes; undefined: unknown. */
  readonly hash?: Uint8Array | undefined
  /** Undefined: unknown. */
  readonly sizeBytes?: number | undefined
  readonly type: VolumeType
  /** A deleted volume may be listed and absent. */
  readonly state: VerificationState
  readonly deleteGracePeriod?: Date | undefined
  readonly archiveTime?: Date | undefined
  readonly lockExpirationTime?: Date | undefined
}

/** Volumes in the state `temporary` are left out, as Duplicati does. */
export function encodeVerificationFile(records: Iterable<VerificationRecord>): Uint8Array {
  const list = []
  for (const record of records) {
    if (record.state === 'temporary') continue
    list.push({
      ID: record.id,
      Name: record.name,
      Hash: record.hash === undefined ? null : toBase64(record.hash),
      Size: record.sizeBytes ?? -1,
      Type: TYPES.indexOf(record.type),
      State: STATES.indexOf(record.state),
      DeleteGracePeriod: formatMoment(record.deleteGracePeriod),
      ArchiveTime: formatMoment(record.archiveTime),
      LockExpirationTime: formatMoment(record.lockExpirationTime)
    })
  }
  return encodeWithBom(JSON.stringify(list))
}

/** Some 200 000 volumes. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** @throws VolumeError `VOLUME_VERIFICATION_INVALID`, `VOLUME_LIMIT_EXCEEDED` */
export function decodeVerificationFile(bytes: Uint8Array): VerificationRecord[] {
  if (bytes.length > MAX_FILE_BYTES) {
    throw new VolumeError(
      'VOLUME_LIMIT_EXCEEDED',
      `The verification file has ${bytes.length} bytes; at most ${MAX_FILE_BYTES} are read`
    )
  }
  const list = parseJson(bytes)
  if (!Array.isArray(list)) throw invalid('it is not a JSON array')
  return list.map(decodeRecord)
}

function decodeRecord(item: unknown): VerificationRecord {
  if (!isJsonObject(item)) throw invalid('a record is not an object')
  const { ID: id, Name: name, Hash: hash, Size: size, Type: type, State: state } = item
  const typeWord = typeof type === 'number' ? TYPES[type] : undefined
  const stateWord = typeof state === 'number' ? STATES[state] : undefined
  if (
    !Number.isSafeInteger(id) ||
    typeof name !== 'string' ||
    typeWord === undefined ||
    stateWord === undefined
  ) {
    throw invalid('a record has no ID, name, type or state')
  }
  return {
    id: id as number,
    name,
    type: typeWord,
    state: stateWord,
    ...optional('hash', typeof hash === 'string' ? decodeHash(hash) : undefined),
    ...optional(
      'sizeBytes',
      Number.isSafeInteger(size) && (size as number) >= 0 ? (size as number) : undefined
    ),
    ...optional('deleteGracePeriod', parseMoment(item['DeleteGracePeriod'])),
    ...optional('archiveTime', parseMoment(item['ArchiveTime'])),
    ...optional('lockExpirationTime', parseMoment(item['LockExpirationTime']))
  }
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]: Value })
}

function decodeHash(text: string): Uint8Array {
  try {
    return fromBase64(text)
  } catch (error) {
    throw invalid('a hash is not Base64', error)
  }
}

/** The epoch stands for "none". */
function formatMoment(moment: Date | undefined): string {
  return `${(moment ?? new Date(0)).toISOString().slice(0, 19)}Z`
}

function parseMoment(text: unknown): Date | undefined {
  const time = typeof text === 'string' ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) || time <= 0 ? undefined : new Date(time)
}

function invalid(why: string, cause?: unknown): VolumeError {
  return new VolumeError(
    'VOLUME_VERIFICATION_INVALID',
    `The verification file cannot be understood: ${why}`,
    { cause }
  )
}
