import { decodeUrlBase64Into, hashSizeBytes } from '@tercet/crypto'
import type { Archive } from './archive.ts'
import { HashIndex } from './hash-index.ts'
import type { Manifest } from './manifest.ts'
import type { Platform } from './platform.ts'
import { VolumeError, type VolumeProblem } from './volume-error.ts'
import type { VolumeName } from './volume-name.ts'

/** What every opened volume has. */
export interface OpenedVolume {
  readonly name: VolumeName
  readonly manifest: Manifest
  /** Hash of the remote file, if it was asked for. */
  readonly remoteHash?: Uint8Array | undefined
  /** True: the directory of the archive was broken, and not everything may have been found. */
  readonly recovered: boolean
  /** What compresses its entries. `none`: all are stored as they are. */
  readonly compression: 'none' | 'deflate' | 'zstd' | 'tgz' | 'tzstd'
}

/** A block as it lies in a volume. */
export interface PackedBlock {
  /** Number of the compression method in the zip format. */
  readonly method: number
  /** True: it comes out of an archive that was compressed as a whole, so it is not compressed now. */
  readonly isSolid: boolean
  /** Checksum and length of the content. */
  readonly crc: number
  readonly sizeBytes: number
  /** The content, compressed. Valid until the next call of the reader. */
  readonly bytes: Uint8Array
}

/** A dblock opened for reading; its blocks are numbered in the order in which they lie in the file. */
export interface DblockReader extends OpenedVolume {
  readonly type: 'dblock'
  readonly count: number
  /** Raw hashes of all blocks, one after the other. */
  readonly hashes: Uint8Array
  /** Length of each block, as the directory says. */
  readonly sizes: Uint32Array
  /** Blocks of impossible length, which are left out. */
  readonly problems: readonly VolumeProblem[]
  /** Number of the block with the hash at `hash[offset]`, or -1. */
  find(hash: Uint8Array, offset?: number): number
  /** View of the hash of a block. */
  hashAt(block: number): Uint8Array
  /**
   * Content of a block, verified by its hash. Valid until the next call.
   *
   * @throws VolumeError `VOLUME_BLOCK_DAMAGED`, `VOLUME_UNSUPPORTED_METHOD`
   */
  readBlock(block: number): Uint8Array
  /**
   * A block as it is compressed, to be copied into another volume. Its content is not verified: only for volumes whose
   * bytes are known to be right, by the hash of the whole file.
   *
   * @throws VolumeError `VOLUME_ENTRY_DAMAGED`
   */
  packedBlock(block: number): PackedBlock
}

export function openDblockArchive(platform: Platform, archive: Archive, opened: OpenedVolume): DblockReader {
  const { blockHash, blocksize } = opened.manifest
  const hashSize = hashSizeBytes(blockHash)
  const { count, sizes, names, nameEnds } = archive.directory
  const index = new HashIndex(hashSize, count)
  /** Entry in the archive, and length, of each block. */
  const entries = new Uint32Array(count)
  const blockSizes = new Uint32Array(count)
  const problems: VolumeProblem[] = []
  const hash = new Uint8Array(hashSize + 3)
  for (let entry = 0; entry < count; entry++) {
    const start = nameEnds[entry]!
    const end = nameEnds[entry + 1]!
    // No hash is as short as `manifest`, the one other name that is Base64.
    if (Math.ceil(hashSize / 3) * 4 !== end - start) continue
    if (decodeUrlBase64Into(names, start, end, hash, 0) !== hashSize) continue
    const size = sizes[entry]!
    if (size < 1 || size > blocksize) {
      problems.push(impossibleBlock(archive.name(entry), size, blocksize))
      continue
    }
    const block = index.add(hash)
    if (block < 0) continue
    entries[block] = entry
    blockSizes[block] = size
  }
  const hashes = index.hashes()
  const entryOf = (block: number) => {
    if (!(block >= 0 && block < index.count)) throw new RangeError(`There is no block ${block}`)
    return entries[block]!
  }
  const hashAt = (block: number) => hashes.subarray(block * hashSize, (block + 1) * hashSize)

  return {
    ...opened,
    type: 'dblock',
    count: index.count,
    hashes,
    sizes: blockSizes.subarray(0, index.count),
    problems,
    find: (wanted, offset) => index.find(wanted, offset),
    hashAt,
    readBlock(block) {
      const entry = entryOf(block)
      let content: Uint8Array
      try {
        content = archive.readUnchecked(entry, blocksize)
      } catch (error) {
        if (error instanceof VolumeError && error.code === 'VOLUME_ENTRY_DAMAGED') {
          throw damagedBlock(archive.name(entry), error)
        }
        throw error
      }
      if (!index.equals(block, platform.crypto.hashBytes(blockHash, content))) {
        throw damagedBlock(archive.name(entry))
      }
      return content
    },

    packedBlock(block) {
      const entry = entryOf(block)
      const { methods, crcs } = archive.directory
      return {
        isSolid: archive.isSolid,
        method: methods[entry]!,
        crc: crcs[entry]!,
        sizeBytes: blockSizes[block]!,
        bytes: archive.readPacked(entry)
      }
    }
  }
}

/** Reports are bounded, so that a hostile volume cannot fill memory with them. */
const MOST_NAME = 100

function impossibleBlock(name: string, size: number, blocksize: number): VolumeProblem {
  return {
    code: 'VOLUME_BLOCK_DAMAGED',
    message: `The block ${name.slice(0, MOST_NAME)} has ${size} bytes; a block has 1 to ${blocksize}`,
    path: name.slice(0, MOST_NAME)
  }
}

function damagedBlock(name: string, cause?: unknown): VolumeError {
  return new VolumeError(
    'VOLUME_BLOCK_DAMAGED',
    `The block ${name} is damaged: its content has another hash`,
    {
      cause,
      context: { block: name }
    }
  )
}
