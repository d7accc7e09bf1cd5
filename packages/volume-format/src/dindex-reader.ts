import { decodeUrlBase64Into, equalBytes, hashSizeBytes } from '@tercet/crypto'
import type { Archive } from './archive.ts'
import type { OpenedVolume } from './dblock-reader.ts'
import type { IndexedDblock } from './dindex-writer.ts'
import { JsonScanner, JsonShapeError } from './json-scanner.ts'
import { startsWithBom } from './json-text.ts'
import type { Platform } from './platform.ts'
import { plausibleTextBytes, type ReadLimits } from './read-limits.ts'
import { VolumeError, type VolumeErrorCode, type VolumeProblem } from './volume-error.ts'
import { parseVolumeName, type VolumeName } from './volume-name.ts'
import type { VolumeSettings } from './volume-settings.ts'

/** Hashes do not compress, so that what is between them can hardly make more of it. */
const MAX_INDEX_RATIO = 16

export interface ReadIndexedDblock extends IndexedDblock {
  readonly parsed: VolumeName
  readonly count: number
}

export interface ReadBlocklist {
  /** Block-hash of `bytes`, verified. */
  readonly hash: Uint8Array
  /** Raw block hashes, one after the other; valid until the iteration goes on. */
  readonly bytes: Uint8Array
}

/**
 * A dindex opened for reading. A damaged entry is not fatal: it is left out and reported, because everything in a dindex
 * can be found in the dblocks too.
 */
export interface DindexReader extends OpenedVolume {
  readonly type: 'dindex'
  /** What was left out so far; grows while {@link volumes} and {@link lists} are iterated. */
  readonly problems: readonly VolumeProblem[]
  /** The dblocks that it describes, usually one. */
  volumes(): Iterable<ReadIndexedDblock>
  /** Its copies of blocklists, each verified by its hash. */
  lists(): Iterable<ReadBlocklist>
}

export function openDindexArchive(
  platform: Platform,
  archive: Archive,
  opened: OpenedVolume,
  limits: ReadLimits
): DindexReader {
  const settings = opened.manifest
  const problems: VolumeProblem[] = []
  const skip = (entry: number, code: VolumeErrorCode, message: string) => {
    const path = archive.name(entry).slice(0, 200)
    problems.push({ code, message: `${path}: ${message}`, path })
  }

  return {
    ...opened,
    type: 'dindex',
    problems,

    *volumes() {
      for (const [entry, name] of entriesUnder(archive, 'vol/')) {
        const parsed = parseVolumeName(name)
        if (parsed?.type !== 'dblock' || parsed.parity !== undefined) {
          skip(entry, 'VOLUME_INVALID_NAME', 'not the name of a dblock')
          continue
        }
        let volume: Omit<IndexedDblock, 'name'>
        try {
          volume = decodeIndexedDblock(archive.read(entry, indexBytes(archive, entry, limits)), settings)
        } catch (error) {
          if (!(error instanceof VolumeError)) throw error
          skip(entry, error.code, error.message)
          continue
        }
        yield { ...volume, name, parsed, count: volume.sizes.length }
      }
    },

    *lists() {
      const hashSize = hashSizeBytes(settings.blockHash)
      for (const [entry, name] of entriesUnder(archive, 'list/')) {
        const hash = new Uint8Array(hashSize + 3)
        const text = new TextEncoder().encode(name)
        const fits = text.length === Math.ceil(hashSize / 3) * 4
        if (!fits || decodeUrlBase64Into(text, 0, text.length, hash, 0) !== hashSize) {
          skip(entry, 'VOLUME_INDEX_INVALID', 'the name is no hash')
          continue
        }
        let bytes: Uint8Array
        try {
          bytes = archive.read(entry, settings.blocksize)
        } catch (error) {
          if (!(error instanceof VolumeError)) throw error
          skip(entry, error.code, error.message)
          continue
        }
        const wanted = hash.subarray(0, hashSize)
        if (bytes.length === 0 || bytes.length % hashSize !== 0) {
          skip(entry, 'VOLUME_INDEX_INVALID', `${bytes.length} bytes are no list of hashes`)
        } else if (!equalBytes(platform.crypto.hashBytes(settings.blockHash, bytes), wanted)) {
          skip(entry, 'VOLUME_INDEX_INVALID', 'the content has another hash than its name says')
        } else yield { hash: wanted, bytes }
      }
    }
  }
}

/** A damaged directory may name any length; one with hashes in it is not much longer than it is packed. */
function indexBytes({ directory }: Archive, entry: number, { maxListBytes }: ReadLimits): number {
  return plausibleTextBytes(directory.packedSizes[entry]!, MAX_INDEX_RATIO, maxListBytes)
}

function* entriesUnder(archive: Archive, folder: string): Iterable<[entry: number, name: string]> {
  for (let entry = 0; entry < archive.directory.count; entry++) {
    if (archive.nameBytes(entry)[0] !== folder.charCodeAt(0)) continue
    const name = archive.name(entry)
    if (name.startsWith(folder)) yield [entry, name.slice(folder.length)]
  }
}

/**
 * Reads the JSON of a `vol/` entry into packed arrays. Properties may come in any order and unknown ones are skipped.
 *
 * @throws VolumeError `VOLUME_INDEX_INVALID`
 */
function decodeIndexedDblock(bytes: Uint8Array, settings: VolumeSettings): Omit<IndexedDblock, 'name'> {
  const hashSize = hashSizeBytes(settings.blockHash)
  const volumeHashSize = hashSizeBytes(settings.fileHash)
  // The shortest object for a block tells how many there can be.
  const most = Math.floor(bytes.length / (Math.ceil(hashSize / 3) * 4 + 20)) + 1
  const hashes = new Uint8Array(most * hashSize + 3)
  const sizes = new Uint32Array(most)
  const scanner = new JsonScanner(bytes, startsWithBom(bytes) ? 3 : 0)
  let count = 0
  let volumeHash: Uint8Array | undefined
  let volumeSize: number | undefined

  function block(): void {
    if (count === most) throw new JsonShapeError('a block has no hash')
    let found = 0
    scanner.object((key) => {
      if (key === 'hash') {
        scanner.base64(hashes, count * hashSize, hashSize)
        found |= 1
      } else if (key === 'size') {
        sizes[count] = scanner.count(settings.blocksize)
        found |= 2
      } else scanner.skip()
    })
    if (found !== 3) throw new JsonShapeError('a block has no hash or no size')
    count++
  }

  try {
    scanner.object((key) => {
      if (key === 'blocks') scanner.array(block)
      else if (key === 'volumehash' && !scanner.acceptNull()) {
        const hash = new Uint8Array(volumeHashSize + 3)
        scanner.base64(hash, 0, volumeHashSize)
        volumeHash = hash.slice(0, volumeHashSize)
      } else if (key === 'volumesize' && !scanner.acceptNull()) {
        volumeSize = scanner.count(Number.MAX_SAFE_INTEGER)
      } else if (key !== 'volumehash' && key !== 'volumesize') scanner.skip()
    })
    scanner.end()
  } catch (error) {
    if (!(error instanceof JsonShapeError)) throw error
    throw new VolumeError('VOLUME_INDEX_INVALID', `The list of blocks cannot be understood: ${error.message}`)
  }
  return {
    hashes: hashes.slice(0, count * hashSize),
    sizes: sizes.slice(0, count),
    ...(volumeHash === undefined ? {} : { volumeHash }),
    ...(volumeSize === undefined ? {} : { volumeSize })
  }
}
