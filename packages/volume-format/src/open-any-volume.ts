import { CryptoError, type RandomAccess } from '@tercet/crypto'
import { assertKnownKeys } from '@tercet/interface'
import type { SolidCompression } from './compression-setting.ts'
import {
  assertHash,
  assertSize,
  checksOf,
  OPEN_VOLUME_KEYS,
  type OpenVolumeOptions,
  openArchive,
  openZipVolume,
  readableName,
  type VolumeReader,
  verifiedPlaintext
} from './open-volume.ts'
import type { Platform } from './platform.ts'
import { assertInflation, readLimits } from './read-limits.ts'
import type { Scratch } from './scratch.ts'
import { openTar } from './tar-reader.ts'
import { mostUnwrapped, unwrapInto } from './unwrap-into.ts'
import type { VolumeName } from './volume-name.ts'
import { ZstdWindowFitter } from './zstd-windows.ts'

export interface OpenAnyVolumeOptions extends OpenVolumeOptions {
  /** Folder for what has to be unwrapped as a whole. @defaultValue the system's, where files are used at all */
  readonly scratchFolder?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Opens a volume of any kind. OpenPGP and solid archives (`tgz`, `tzstd`) can only be read from their start, so they are
 * unwrapped into scratch space first: decrypted and verified as a whole, then unpacked. Zip archives, plain or in AES
 * Crypt, are opened as `openVolume` does. Disposing frees the scratch space; `access` stays the caller's.
 */
export async function openAnyVolume(
  platform: Platform,
  access: RandomAccess,
  name: string,
  options: OpenAnyVolumeOptions = {}
): Promise<VolumeReader & Disposable> {
  assertKnownKeys(options, [...OPEN_VOLUME_KEYS, 'scratchFolder', 'signal'], 'openAnyVolume')
  options.signal?.throwIfAborted()
  const parsed = readableName(name, ANY_KIND)
  const held: Scratch[] = []
  const free = () => {
    for (const scratch of held.splice(0)) scratch[Symbol.dispose]()
  }
  const newScratch = (): Scratch => {
    const scratch = platform.createScratch(options.scratchFolder)
    held.push(scratch)
    return scratch
  }
  try {
    const { plaintext, remoteHash } =
      parsed.encryption === 'gpg'
        ? await decrypted(platform, access, parsed, options, newScratch)
        : verifiedPlaintext(platform, access, parsed, options)
    const solid = solidKind(parsed)
    if (solid === undefined) {
      return Object.assign(openZipVolume(platform, plaintext, parsed, options, remoteHash), {
        [Symbol.dispose]: free
      })
    }
    const packed = copiesOf(plaintext)
    const chunks = platform.unpackSolid(
      solid,
      solid === 'tzstd' ? inSmallWindows(packed, plaintext.size) : packed
    )
    const tar = await unwrapInto(newScratch(), chunks, {
      packedBytes: plaintext.size,
      signal: options.signal,
      // What came out of a stream that breaks off is of use: the headers in it are walked.
      keepsBroken: true
    })
    if (parsed.encryption === 'gpg') held.shift()?.[Symbol.dispose]()
    const limits = readLimits(options.limits)
    const archive = openTar(tar, plaintext.size, limits)
    assertInflation(archive.directory, plaintext.size, limits)
    return Object.assign(
      openArchive(platform, archive, parsed, options, { remoteHash, compression: solid }),
      {
        [Symbol.dispose]: free
      }
    )
  } catch (error) {
    free()
    throw error
  }
}

const ANY_KIND = { archives: ['zip', 'tgz', 'tzstd'], encryptions: ['aes', 'gpg'] } as const

function solidKind({ compression }: VolumeName): SolidCompression['method'] | undefined {
  return compression === 'tgz' || compression === 'tzstd' ? compression : undefined
}

/** Checks what is recorded before anything is decrypted, so that damage is not reported as a wrong passphrase. */
async function decrypted(
  platform: Platform,
  access: RandomAccess,
  name: VolumeName,
  options: OpenAnyVolumeOptions,
  newScratch: () => Scratch
): Promise<{ plaintext: RandomAccess; remoteHash: Uint8Array | undefined }> {
  assertSize(access, name, options)
  const { algorithm, hash } = checksOf(options)
  const remoteHash = algorithm === undefined ? undefined : platform.crypto.hashAccess(access, algorithm)
  assertHash(name, remoteHash, hash)
  const { keyring } = options
  if (keyring?.decryptOpenPgp === undefined) {
    throw new CryptoError(
      'CRYPTO_NO_PASSPHRASE',
      `${name.name} is encrypted and nothing was given that opens it`,
      {
        context: { name: name.name }
      }
    )
  }
  const plaintext = await unwrapInto(newScratch(), keyring.decryptOpenPgp(copiesOf(access)), {
    packedBytes: access.size,
    signal: options.signal
  })
  return { plaintext, remoteHash }
}

/** Frames ask for no more memory than the volume can fill. */
function* inSmallWindows(
  chunks: Iterable<Uint8Array>,
  packedBytes: number
): Generator<Uint8Array, void, undefined> {
  const fitter = new ZstdWindowFitter(mostUnwrapped(packedBytes))
  for (const chunk of chunks) yield fitter.fit(chunk)
}

const CHUNK_BYTES = 262_144

/** Copies, because decompressors and ciphers read ahead. */
function* copiesOf(access: RandomAccess): Generator<Uint8Array, void, undefined> {
  for (let at = 0; at < access.size; at += CHUNK_BYTES) {
    yield new Uint8Array(access.read(at, Math.min(CHUNK_BYTES, access.size - at)))
  }
}
