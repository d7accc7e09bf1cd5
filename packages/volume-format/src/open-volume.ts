import {
  type AesCryptKeyring,
  CryptoError,
  equalBytes,
  type HashAlgorithm,
  type Hasher,
  type RandomAccess
} from '@tercet/crypto'
import { assertKnownKeys } from '@tercet/interface'
import type { Archive } from './archive.ts'
import { type DblockReader, type OpenedVolume, openDblockArchive } from './dblock-reader.ts'
import { type DindexReader, openDindexArchive } from './dindex-reader.ts'
import { type DlistReader, openDlistArchive } from './dlist-reader.ts'
import { decodeManifest, MANIFEST_ENTRY, MAX_MANIFEST_BYTES } from './manifest.ts'
import type { Platform } from './platform.ts'
import {
  assertBlocksize,
  assertEntries,
  assertInflation,
  type ReadLimits,
  readLimits
} from './read-limits.ts'
import { VolumeError } from './volume-error.ts'
import { parseVolumeName, type VolumeName, type VolumeType } from './volume-name.ts'
import type { VolumeSettings } from './volume-settings.ts'
import { METHOD_DEFLATE, METHOD_ZSTD } from './zip-format.ts'
import { openZip } from './zip-reader.ts'

export interface OpenVolumeOptions {
  /** Opens encrypted volumes. */
  readonly keyring?: AesCryptKeyring | undefined
  /** Settings of the destination, where they are known: the manifest must agree. */
  readonly settings?: VolumeSettings | undefined
  /** What is recorded about the remote file: it must agree. */
  readonly expected?:
    | { readonly sizeBytes?: number | undefined; readonly hash?: Uint8Array | undefined }
    | undefined
  /**
   * Hash the remote bytes with this, in the pass that verifies them.
   *
   * @defaultValue the file hash of `settings` where `expected` has a hash, else none
   */
  readonly hashAlgorithm?: HashAlgorithm | undefined
  /** Limits that differ from {@link DEFAULT_READ_LIMITS}. */
  readonly limits?: Partial<ReadLimits> | undefined
}

export type VolumeReader = DblockReader | DindexReader | DlistReader

/**
 * Opens a volume: checks its size, decrypts and verifies all of it before anything is parsed, then its hash, then reads
 * directory and manifest. Blocks and lists are unpacked when they are asked for.
 *
 * Where a hash is recorded and the file differs, that is what is reported, not a wrong passphrase.
 */
export function openVolume(
  platform: Platform,
  access: RandomAccess,
  name: string,
  options: OpenVolumeOptions = {}
): VolumeReader {
  assertKnownKeys(options, OPEN_VOLUME_KEYS, 'openVolume')
  const parsed = readableName(name, AT_ONCE)
  const { plaintext, remoteHash } = verifiedPlaintext(platform, access, parsed, options)
  return openZipVolume(platform, plaintext, parsed, options, remoteHash)
}

/** Opens the zip archive of a volume, within the limits. */
export function openZipVolume(
  platform: Platform,
  plaintext: RandomAccess,
  name: VolumeName,
  options: OpenVolumeOptions,
  remoteHash: Uint8Array | undefined
): VolumeReader {
  const limits = readLimits(options.limits)
  const archive = openZip(platform, plaintext, undefined, limits.maxEntries)
  assertEntries(archive.directory.count, limits.maxEntries)
  assertInflation(archive.directory, plaintext.size, limits)
  return openArchive(platform, archive, name, options, { remoteHash })
}

export const OPEN_VOLUME_KEYS = ['keyring', 'settings', 'expected', 'hashAlgorithm', 'limits']

/** What can be read without being unwrapped. */
const AT_ONCE: ReadableKinds = { archives: ['zip'], encryptions: ['aes'] }

/** Reads the manifest of an archive and opens it as what its name says. */
export function openArchive(
  platform: Platform,
  archive: Archive,
  name: VolumeName,
  options: OpenVolumeOptions,
  known: Pick<OpenedVolume, 'remoteHash'> & Partial<Pick<OpenedVolume, 'compression'>>
): VolumeReader {
  const { remoteHash } = known
  const limits = readLimits(options.limits)
  const opened: OpenedVolume = {
    name,
    manifest: readManifest(archive, options.settings, limits),
    recovered: archive.recovered,
    compression: known.compression ?? compressionOf(archive),
    ...(remoteHash === undefined ? {} : { remoteHash })
  }
  switch (name.type) {
    case 'dblock':
      return openDblockArchive(platform, archive, opened)
    case 'dindex':
      return openDindexArchive(platform, archive, opened, limits)
    case 'dlist':
      return openDlistArchive(archive, opened, limits)
  }
}

/** As {@link openVolume}, for one type of volume. */
export function openVolumeOf<Type extends VolumeType>(
  platform: Platform,
  type: Type,
  access: RandomAccess,
  name: string,
  options?: OpenVolumeOptions
): Extract<VolumeReader, { type: Type }> {
  const parsed = readableName(name, AT_ONCE)
  if (parsed.type !== type) {
    throw new VolumeError('VOLUME_WRONG_TYPE', `${name} is a ${parsed.type}, not a ${type}`, {
      context: { name }
    })
  }
  return openVolume(platform, access, name, options) as Extract<VolumeReader, { type: Type }>
}

/** Entries that do not compress are stored in any volume, so those that are not decide. */
function compressionOf({ directory: { methods } }: Archive): OpenedVolume['compression'] {
  if (methods.includes(METHOD_ZSTD)) return 'zstd'
  return methods.includes(METHOD_DEFLATE) ? 'deflate' : 'none'
}

interface ReadableKinds {
  readonly archives: readonly string[]
  readonly encryptions: readonly string[]
}

/** @throws VolumeError for a name that says that the volume cannot be read here */
export function readableName(name: string, kinds: ReadableKinds): VolumeName {
  const parsed = parseVolumeName(name)
  const context = { name }
  if (parsed === undefined || parsed.parity !== undefined) {
    throw new VolumeError('VOLUME_INVALID_NAME', `Not the name of a volume: ${JSON.stringify(name)}`, {
      context
    })
  }
  if (!kinds.archives.includes(parsed.compression)) {
    const message = `${name} cannot be read here: archives of the kind ${parsed.compression} are not supported`
    throw new VolumeError('VOLUME_UNSUPPORTED_COMPRESSION', message, { context })
  }
  if (parsed.encryption !== undefined && !kinds.encryptions.includes(parsed.encryption)) {
    const message = `${name} cannot be read here: encryption of the kind ${parsed.encryption} is not supported`
    throw new VolumeError('VOLUME_UNSUPPORTED_ENCRYPTION', message, { context })
  }
  return parsed
}

interface Verified {
  readonly plaintext: RandomAccess
  readonly remoteHash?: Uint8Array | undefined
}

/** For zip archives and others alike, plain or in AES Crypt. */
export function verifiedPlaintext(
  platform: Platform,
  access: RandomAccess,
  name: VolumeName,
  options: OpenVolumeOptions
): Verified {
  const { expected, keyring } = options
  assertSize(access, name, options)
  const { algorithm } = checksOf(options)
  if (name.encryption === undefined) {
    const remoteHash = algorithm === undefined ? undefined : platform.crypto.hashAccess(access, algorithm)
    assertHash(name, remoteHash, expected?.hash)
    return { plaintext: access, remoteHash }
  }
  if (keyring === undefined) {
    throw new CryptoError('CRYPTO_NO_PASSPHRASE', `${name.name} is encrypted and no passphrase was given`, {
      context: { name: name.name }
    })
  }
  const hasher: Hasher | undefined =
    algorithm === undefined ? undefined : platform.crypto.createHasher(algorithm)
  let plaintext: RandomAccess
  try {
    plaintext = platform.crypto.openAesCrypt(access, keyring, { hasher })
  } catch (error) {
    // A damaged header looks like a wrong passphrase; the recorded hash tells them apart.
    if (algorithm !== undefined && expected?.hash !== undefined) {
      assertHash(name, platform.crypto.hashAccess(access, algorithm), expected.hash, error)
    }
    throw error
  }
  const remoteHash = hasher?.digest()
  assertHash(name, remoteHash, expected?.hash)
  return { plaintext, remoteHash }
}

/** @throws VolumeError `VOLUME_SIZE_MISMATCH` */
export function assertSize(
  access: RandomAccess,
  { name }: VolumeName,
  { expected }: OpenVolumeOptions
): void {
  if (expected?.sizeBytes === undefined || expected.sizeBytes === access.size) return
  throw new VolumeError(
    'VOLUME_SIZE_MISMATCH',
    `${name} has ${access.size} bytes; ${expected.sizeBytes} are recorded`,
    { context: { name, sizeBytes: access.size, expectedBytes: expected.sizeBytes } }
  )
}

/** The hash that is recorded, and the algorithm for that of the file; undefined: none is asked for. */
export function checksOf({ expected, hashAlgorithm, settings }: OpenVolumeOptions): {
  algorithm: HashAlgorithm | undefined
  hash: Uint8Array | undefined
} {
  const hash = expected?.hash
  return {
    hash,
    algorithm: hashAlgorithm ?? (hash === undefined ? undefined : (settings?.fileHash ?? 'SHA256'))
  }
}

/** @throws VolumeError `VOLUME_HASH_MISMATCH` */
export function assertHash(
  name: VolumeName,
  found: Uint8Array | undefined,
  expected: Uint8Array | undefined,
  cause?: unknown
): void {
  if (found === undefined || expected === undefined || equalBytes(found, expected)) return
  throw new VolumeError(
    'VOLUME_HASH_MISMATCH',
    `${name.name} was altered or damaged: its hash is not the recorded one`,
    {
      cause,
      context: { name: name.name }
    }
  )
}

function readManifest(archive: Archive, settings: VolumeSettings | undefined, limits: ReadLimits) {
  const entry = archive.find(MANIFEST_ENTRY)
  if (entry < 0) throw new VolumeError('VOLUME_ENTRY_MISSING', 'The volume has no entry "manifest"')
  const manifest = decodeManifest(archive.read(entry, MAX_MANIFEST_BYTES), settings)
  if (settings === undefined) assertBlocksize(manifest.blocksize, limits)
  return manifest
}
