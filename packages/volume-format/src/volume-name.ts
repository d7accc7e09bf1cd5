/**
 * Names of remote volumes (format section 1.1):
 *
 *     prefix "-" id "." type "." compression [ "." encryption ] [ "." parity ]
 *
 * with `b` or `i` and hexadecimal digits as the id of a dblock or dindex, and the time of the version for a dlist.
 */
import { VolumeError } from './volume-error.ts'
import { formatTime, parseTime } from './volume-time.ts'

export type VolumeType = 'dblock' | 'dindex' | 'dlist'

export interface VolumeName {
  /** The whole name, as it was parsed. */
  readonly name: string
  readonly prefix: string
  readonly type: VolumeType
  /** Text between prefix and type. */
  readonly id: string
  /** Start of the backup in Unix seconds; for a dlist, where it is the id. */
  readonly time?: number | undefined
  /** `zip`, `tgz`, `tzstd` or something unknown; lower case. */
  readonly compression: string
  /** `aes`, `gpg` or something unknown; undefined: not encrypted. */
  readonly encryption?: string | undefined
  /** Set for a parity companion: a file that belongs to a volume of that name and is never read as one. */
  readonly parity?: 'par2' | undefined
}

export interface ParseVolumeNameOptions {
  /** Names with another prefix are foreign. @defaultValue any prefix */
  readonly prefix?: string | undefined
  /** @defaultValue false */
  readonly caseInsensitive?: boolean | undefined
}

/** The whole name of any volume, or of a companion of one. */
export const GRAMMAR =
  /^(?<prefix>[^-]+)-(?<id>[bi][0-9A-Fa-f]+|\d{8}T\d{6}Z)\.(?<type>dblock|dindex|dlist)\.(?<compression>[^.]+)(?:\.(?<encryption>.+))?$/s
const CASELESS_GRAMMAR = new RegExp(GRAMMAR.source, 'si')
/** No store has longer names. */
const MAX_NAME_LENGTH = 1024
/** A name that says where to look for it, or that cannot be shown, is none of a volume. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const NO_NAME = /[/\\\u0000-\u001f\u007f]/
const PARITY = /\.par2$/i

/** What a name says about a volume, or undefined for a foreign name. The parity suffix is taken off before anything. */
export function parseVolumeName(name: string, options: ParseVolumeNameOptions = {}): VolumeName | undefined {
  if (name.length > MAX_NAME_LENGTH || NO_NAME.test(name)) return undefined
  const fold = (text: string) => (options.caseInsensitive === true ? text.toLowerCase() : text)
  const groups = (options.caseInsensitive === true ? CASELESS_GRAMMAR : GRAMMAR).exec(
    name.replace(PARITY, '')
  )?.groups
  if (groups === undefined) return undefined
  const { prefix, id, type, compression, encryption } = groups as Record<string, string | undefined>
  if (prefix === undefined || id === undefined || type === undefined || compression === undefined)
    return undefined
  if (options.prefix !== undefined && fold(prefix) !== fold(options.prefix)) return undefined
  const time = type.toLowerCase() === 'dlist' ? parseTime(id.toUpperCase()) : undefined
  if (type.toLowerCase() === 'dlist' && time === undefined) return undefined
  return {
    name,
    prefix,
    type: type.toLowerCase() as VolumeType,
    id,
    ...(time === undefined ? {} : { time }),
    compression: fold(compression),
    ...(encryption === undefined ? {} : { encryption: fold(encryption) }),
    ...(PARITY.test(name) ? { parity: 'par2' as const } : {})
  }
}

export type VolumeNameParts = (
  | { readonly type: 'dblock' | 'dindex' /** As {@link newVolumeId} makes it. */; readonly id: string }
  | { readonly type: 'dlist' /** Unix seconds; fractions are cut off. */; readonly time: number }
) & {
  readonly prefix: string
  /** @defaultValue 'zip' */
  readonly compression?: string | undefined
  /** `aes`, or undefined for a plain volume. */
  readonly encryption?: string | undefined
}

/** @throws VolumeError `VOLUME_INVALID_NAME` when the parts cannot make a name that {@link parseVolumeName} accepts */
export function formatVolumeName(parts: VolumeNameParts): string {
  assertVolumePrefix(parts.prefix)
  const letter = parts.type === 'dblock' ? 'b' : 'i'
  const id = parts.type === 'dlist' ? formatTime(parts.time) : `${letter}${parts.id}`
  const { compression = 'zip', encryption } = parts
  const name = `${parts.prefix}-${id}.${parts.type}.${compression}${encryption === undefined ? '' : `.${encryption}`}`
  const parsed = parseVolumeName(name, { prefix: parts.prefix })
  if (parsed?.compression !== compression || parsed.encryption !== encryption) {
    throw new VolumeError('VOLUME_INVALID_NAME', `Not a name of a volume: ${JSON.stringify(name)}`, {
      context: { name }
    })
  }
  return name
}

/** @throws VolumeError `VOLUME_INVALID_NAME` for a prefix that is empty, has a hyphen, or cannot be in a file name */
export function assertVolumePrefix(prefix: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/^[^-/\\\u0000-\u001f\u007f]+$/.test(prefix)) return
  throw new VolumeError(
    'VOLUME_INVALID_NAME',
    `The prefix ${JSON.stringify(prefix)} cannot be used: it must not be empty and have no hyphen, slash or control character`,
    { context: { prefix } }
  )
}
