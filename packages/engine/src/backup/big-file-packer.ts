import { closeSync, constants, openSync, readSync } from 'node:fs'
import { createHasher, type Hasher, hashSizeBytes } from '@tercet/crypto'
import type { FileStat } from '@tercet/native'
import { packSignature, SIGNATURE_BYTES, type StatReader } from '@tercet/source-fs'
import type { VolumeSettings } from '@tercet/volume-format'
import type { BlockFeeder } from './block-feeder.ts'
import type { EntryPacker } from './entry-packer.ts'
import { outcomeOf } from './entry-packer.ts'
import type { PackedBatch, StoredBlocks } from './packed-batch.ts'
import { PackedBatchBuilder } from './packed-batch-builder.ts'
import type { BigFile } from './scan-answer.ts'
import { FILE } from './scan-batch.ts'
import type { StreamPacker } from './stream-packer.ts'

export interface SegmentJob {
  readonly path: string
  /** Size of the file when it was scanned. */
  readonly fileBytes: number
  readonly offset: number
  readonly length: number
  /** The worker hashes this file as a whole, and goes on with what it reads here. */
  readonly hashed: WholeHash | undefined
}

/** The hash of a whole file, which one worker makes of range after range. */
interface WholeHash {
  /** Names the file among those that this worker hashes. */
  readonly key: number
  readonly last: boolean
}

/** A run of blocks of a big file; `signature` is undefined when the file is not what it was, or cannot be read. */
export interface SegmentAnswer {
  readonly blockHashes: Uint8Array<ArrayBuffer>
  readonly signature: Uint8Array<ArrayBuffer> | undefined
  /** The hash of the whole file, when this was the last range of it. */
  readonly hash: Uint8Array | undefined
  readonly stored: StoredBlocks
}

/** A range that another worker packs. */
export interface HashRangeJob extends WholeHash {
  readonly path: string
  readonly offset: number
  readonly length: number
}

export interface FinishFileJob {
  readonly file: BigFile
  readonly hash: Uint8Array
  readonly sizeBytes: number
  readonly blockHashes: Uint8Array
  /** What all segments saw; the file must still be so. */
  readonly signature: Uint8Array
}

const HASH_WINDOW_BYTES = 1024 * 1024

/**
 * Reads one file on several threads: its blocks in segments wherever there is room, its whole hash in one place. That
 * worker reads but once what it packs itself.
 */
export class BigFilePacker {
  readonly #feeder: BlockFeeder
  readonly #streams: StreamPacker
  readonly #stats: StatReader
  readonly #entries: EntryPacker
  readonly #settings: VolumeSettings
  readonly #openFlags: number
  readonly #hashers = new Map<number, Hasher>()
  #window: Uint8Array | undefined

  constructor(
    feeder: BlockFeeder,
    streams: StreamPacker,
    stats: StatReader,
    entries: EntryPacker,
    settings: VolumeSettings,
    followLinks: boolean
  ) {
    this.#feeder = feeder
    this.#streams = streams
    this.#stats = stats
    this.#entries = entries
    this.#settings = settings
    this.#openFlags =
      constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (followLinks ? 0 : (constants.O_NOFOLLOW ?? 0))
  }

  segment({ path, fileBytes, offset, length, hashed }: SegmentJob): SegmentAnswer {
    const hasher = hashed && this.#hasherOf(hashed)
    const answer = this.#withFile(path, (descriptor) => {
      const stat = this.#stats.fstat(descriptor)
      const before = signatureOf(stat)
      const hashes = this.#streams.packRange(descriptor, offset, length, (block) => hasher?.update(block))
      const after = signatureOf(this.#stats.fstat(descriptor))
      const stable =
        stat.size === fileBytes && hashes.sizeBytes === length && Buffer.compare(before, after) === 0
      return { blockHashes: hashes.bytes(), signature: stable ? before : undefined }
    })
    return {
      ...(answer ?? { blockHashes: new Uint8Array(0), signature: undefined }),
      hash: hashed && this.#hashAfter(hashed),
      stored: this.#feeder.take()
    }
  }

  /** Hashes a range of a file, behind those before it; answers with the hash after the last one. */
  hashRange({ path, offset, length, ...hashed }: HashRangeJob): Uint8Array | undefined {
    const hasher = this.#hasherOf(hashed)
    this.#window ??= Buffer.allocUnsafeSlow(HASH_WINDOW_BYTES)
    const window = this.#window
    this.#withFile(path, (descriptor) => {
      for (let done = 0; done < length; ) {
        const got = readSync(descriptor, window, 0, Math.min(window.byteLength, length - done), offset + done)
        // Shorter than it was: the segments notice that too, and the file is read again.
        if (got === 0) break
        hasher.update(window.subarray(0, got))
        done += got
      }
    })
    return this.#hashAfter(hashed)
  }

  /** Stores blocklists and metadata; undefined when the file changed since its first segment was read. */
  finish({ file, hash, sizeBytes, blockHashes, signature }: FinishFileJob): PackedBatch | undefined {
    const { folder, name } = file
    const hashBytes = hashSizeBytes(this.#settings.fileHash)
    return this.#withFile(folder + name, (descriptor) => {
      const stat = this.#stats.fstat(descriptor)
      if (Buffer.compare(signatureOf(stat), signature) !== 0) return undefined
      const answer = new PackedBatchBuilder(1, hashBytes)
      const content = this.#streams.finish(hash, sizeBytes, blockHashes)
      const metadata = this.#entries.packMetadata(folder + name, name, 'file', stat, descriptor)
      answer.stat(0, stat, this.#entries.isTrustworthy(stat))
      answer.content(0, content)
      answer.metadata(0, metadata)
      const previous = {
        hints: Uint8Array.of(file.hints),
        previousSizes: Float64Array.of(file.previousSize),
        previousHashes: file.previousHashes,
        types: Uint8Array.of(FILE)
      }
      answer.outcome(0, outcomeOf(previous, 0, hashBytes, content, metadata, false))
      return answer.finish(this.#feeder.take())
    })
  }

  #hasherOf({ key }: WholeHash): Hasher {
    const hasher = this.#hashers.get(key) ?? createHasher(this.#settings.fileHash)
    this.#hashers.set(key, hasher)
    return hasher
  }

  #hashAfter({ key, last }: WholeHash): Uint8Array | undefined {
    if (!last) return undefined
    const hash = this.#hashers.get(key)?.digest()
    this.#hashers.delete(key)
    return hash
  }

  /** Undefined when the file cannot be opened or read any more: it is then taken as one that changed. */
  #withFile<T>(path: string, use: (descriptor: number) => T): T | undefined {
    try {
      const descriptor = openSync(path, this.#openFlags)
      try {
        return use(descriptor)
      } finally {
        closeSync(descriptor)
      }
    } catch (error) {
      if (typeof (error as NodeJS.ErrnoException).syscall === 'string') return undefined
      throw error
    }
  }
}

function signatureOf(stat: FileStat): Uint8Array<ArrayBuffer> {
  const signature = new Uint8Array(SIGNATURE_BYTES)
  packSignature(stat, signature, 0)
  return signature
}
