/** The entry `manifest` of every volume (format section 2) and the entry `fileset` of a dlist (2.1). */
import { isHashAlgorithm } from '@tercet/crypto'
import { encodeWithBom, isJsonObject, parseJson } from './json-text.ts'
import { VolumeError } from './volume-error.ts'
import { isBlocksize, type VolumeSettings } from './volume-settings.ts'
import { formatTime } from './volume-time.ts'

export const MANIFEST_ENTRY = 'manifest'
export const FILESET_ENTRY = 'fileset'

/** Newest version of the format; version 1, before 2016, lacks some properties of file lists. */
const FORMAT_VERSION = 2
const ENCODING = 'utf8'
/** Longest manifest or fileset entry that is read; real ones have 150 bytes. */
export const MAX_MANIFEST_BYTES = 65_536

/** What writers call themselves in the manifest; readers do not look at it. */
const DEFAULT_APP_VERSION = 'Tercet 0.1'

export interface Manifest extends VolumeSettings {
  readonly version: number
  /** Moment of creation as it is written; not checked. */
  readonly created: string
  /** Program that wrote the volume; not checked. */
  readonly appVersion: string
}

export interface EncodeManifestOptions {
  readonly createdAt: Date
  readonly appVersion?: string | undefined
}

export function encodeManifest(settings: VolumeSettings, options: EncodeManifestOptions): Uint8Array {
  return encodeWithBom(
    JSON.stringify({
      Version: FORMAT_VERSION,
      Created: formatTime(options.createdAt.getTime() / 1000),
      Encoding: ENCODING,
      Blocksize: settings.blocksize,
      BlockHash: settings.blockHash,
      FileHash: settings.fileHash,
      AppVersion: options.appVersion ?? DEFAULT_APP_VERSION
    })
  )
}

/**
 * Reads a manifest and checks it, against the settings of the destination too where they are known.
 *
 * @throws VolumeError `VOLUME_MANIFEST_INVALID`, `VOLUME_MANIFEST_VERSION`, `VOLUME_MANIFEST_ENCODING`,
 * `VOLUME_MANIFEST_BLOCKSIZE`, `VOLUME_MANIFEST_HASH`
 */
export function decodeManifest(bytes: Uint8Array, expected?: VolumeSettings | undefined): Manifest {
  const json = parseJson(bytes)
  if (!isJsonObject(json)) throw invalid('it is not a JSON object')
  const version = json['Version']
  if (!Number.isInteger(version) || (version as number) < 1) throw invalid('it has no version')
  if ((version as number) > FORMAT_VERSION) {
    throw new VolumeError(
      'VOLUME_MANIFEST_VERSION',
      `The volume is written in version ${version} of the format; up to ${FORMAT_VERSION} can be read`,
      { context: { version: version as number } }
    )
  }
  if (json['Encoding'] !== ENCODING) {
    throw new VolumeError('VOLUME_MANIFEST_ENCODING', `The manifest does not say that text is ${ENCODING}`)
  }
  const blocksize = json['Blocksize']
  if (!isBlocksize(blocksize))
    throw mismatch('VOLUME_MANIFEST_BLOCKSIZE', 'block size', blocksize, 'a possible one')
  if (expected !== undefined && blocksize !== expected.blocksize) {
    throw mismatch('VOLUME_MANIFEST_BLOCKSIZE', 'block size', blocksize, expected.blocksize)
  }
  return {
    version: version as number,
    created: typeof json['Created'] === 'string' ? json['Created'] : '',
    appVersion: typeof json['AppVersion'] === 'string' ? json['AppVersion'] : '',
    blocksize,
    blockHash: hashName(json['BlockHash'], 'block', expected?.blockHash),
    fileHash: hashName(json['FileHash'], 'file', expected?.fileHash)
  }
}

/** Names are compared as they are written: `sha256` is not `SHA256`. */
function hashName(name: unknown, what: string, expected: VolumeSettings['blockHash'] | undefined) {
  const wanted = expected ?? 'a known one'
  if (!isHashAlgorithm(name)) throw mismatch('VOLUME_MANIFEST_HASH', `${what} hash`, name, wanted)
  if (expected !== undefined && name !== expected) {
    throw mismatch('VOLUME_MANIFEST_HASH', `${what} hash`, name, expected)
  }
  return name
}

function invalid(why: string): VolumeError {
  return new VolumeError('VOLUME_MANIFEST_INVALID', `The manifest of the volume cannot be used: ${why}`)
}

function mismatch(
  code: 'VOLUME_MANIFEST_BLOCKSIZE' | 'VOLUME_MANIFEST_HASH',
  what: string,
  found: unknown,
  expected: string | number
): VolumeError {
  const shown = typeof found === 'number' ? found : (JSON.stringify(found)?.slice(0, 40) ?? 'nothing')
  return new VolumeError(code, `The manifest of the volume names the ${what} ${shown}, not ${expected}`, {
    context: { found: shown, expected }
  })
}

/** The `fileset` entry: whether a version is complete, or partial because its scan was stopped or it was made up. */
export function encodeFileset(isFull: boolean): Uint8Array {
  return encodeWithBom(JSON.stringify({ IsFullBackup: isFull }))
}

/** @throws VolumeError `VOLUME_LIST_INVALID` */
export function decodeFileset(bytes: Uint8Array): boolean {
  const json = parseJson(bytes)
  const isFull = isJsonObject(json) ? (json['IsFullBackup'] ?? true) : undefined
  if (typeof isFull === 'boolean') return isFull
  throw new VolumeError(
    'VOLUME_LIST_INVALID',
    'The entry "fileset" does not say whether the version is complete'
  )
}
