import { readSync } from 'node:fs'
import type { NewBlockset } from '@tercet/core'
import { createHasher, hashBytes as digest } from '@tercet/crypto'
import type { VolumeSettings } from '@tercet/volume-format'
import type { BlockFeeder } from './block-feeder.ts'

/** A stream that was cut into blocks and stored. */
export interface PackedStream {
  readonly hash: Uint8Array
  readonly sizeBytes: number
  /** Set where hash and size do not say how the stream is made of blocks. */
  readonly blockset: NewBlockset | undefined
}

/** Cuts file contents and metadata into blocks, hashes them and hands them to the volumes (volume-format section 6). */
export class StreamPacker {
  readonly #feeder: BlockFeeder
  readonly #settings: VolumeSettings
  readonly #sameHash: boolean
  /** One block; the bytes of a file are never copied elsewhere before they are compressed. */
  readonly #block: Uint8Array

  constructor(feeder: BlockFeeder, settings: VolumeSettings) {
    this.#feeder = feeder
    this.#settings = settings
    this.#sameHash = settings.blockHash === settings.fileHash
    this.#block = Buffer.allocUnsafeSlow(settings.blocksize)
  }

  /** Reads a file that fits into one block; the view is valid until the next call. */
  readSmall(descriptor: number, sizeBytes: number): Uint8Array {
    return this.#block.subarray(0, readFully(descriptor, this.#block, sizeBytes, 0))
  }

  /** Stores bytes that are in memory already. */
  packBytes(data: Uint8Array): PackedStream {
    const { blocksize, fileHash } = this.#settings
    const hash = digest(fileHash, data)
    if (data.byteLength === 0) return { hash, sizeBytes: 0, blockset: undefined }
    if (data.byteLength <= blocksize) return this.#packBlock(hash, data)
    const hashes = new BlockHashes(this.#feeder.hashBytes, Math.ceil(data.byteLength / blocksize))
    for (let at = 0; at < data.byteLength; at += blocksize)
      hashes.push(this.#store(data.subarray(at, at + blocksize)))
    return this.finish(hash, data.byteLength, hashes.bytes())
  }

  /** Reads and stores a file of any size from its start, at most `sizeBytes` of it. */
  packFile(descriptor: number, sizeBytes: number): PackedStream {
    const hasher = createHasher(this.#settings.fileHash)
    const hashes = this.packRange(descriptor, 0, sizeBytes, (block) => hasher.update(block))
    const hash = hasher.digest()
    const blocks = hashes.bytes()
    if (hashes.sizeBytes === 0) return { hash, sizeBytes: 0, blockset: undefined }
    if (hashes.count === 1) return { hash, sizeBytes: hashes.sizeBytes, blockset: this.#single(hash, hashes) }
    return this.finish(hash, hashes.sizeBytes, blocks)
  }

  /** Reads and stores a range of whole blocks; it may end early, when the file does. */
  packRange(
    descriptor: number,
    offset: number,
    length: number,
    onBlock?: (block: Uint8Array) => void
  ): BlockHashes {
    const { blocksize } = this.#settings
    const hashes = new BlockHashes(this.#feeder.hashBytes, Math.ceil(length / blocksize))
    let done = 0
    while (done < length) {
      const wanted = Math.min(blocksize, length - done)
      const got = readFully(descriptor, this.#block, wanted, offset + done)
      if (got > 0) {
        const block = this.#block.subarray(0, got)
        onBlock?.(block)
        hashes.push(this.#store(block), got)
      }
      done += got
      if (got < wanted) break
    }
    return hashes
  }

  /** Stores the blocklists of a stream whose blocks are stored. */
  finish(hash: Uint8Array, sizeBytes: number, blockHashes: Uint8Array): PackedStream {
    return {
      hash,
      sizeBytes,
      blockset: { hash: hash.slice(), size: sizeBytes, ...this.#feeder.addBlocklists(blockHashes) }
    }
  }

  #packBlock(hash: Uint8Array, data: Uint8Array): PackedStream {
    if (this.#sameHash) {
      this.#feeder.add(hash, data)
      return { hash, sizeBytes: data.byteLength, blockset: undefined }
    }
    const block = this.#store(data)
    return { hash, sizeBytes: data.byteLength, blockset: { hash, size: data.byteLength, block } }
  }

  #single(hash: Uint8Array, hashes: BlockHashes): NewBlockset | undefined {
    return this.#sameHash ? undefined : { hash, size: hashes.sizeBytes, block: hashes.bytes() }
  }

  #store(block: Uint8Array): Uint8Array {
    const hash = this.#feeder.hash(block)
    this.#feeder.add(hash, block)
    return hash
  }
}

/** Raw block hashes of a stream, in order. */
export class BlockHashes {
  count = 0
  sizeBytes = 0
  readonly #width: number
  #hashes: Uint8Array<ArrayBuffer>

  constructor(hashBytes: number, capacity: number) {
    this.#width = hashBytes
    this.#hashes = new Uint8Array(hashBytes * capacity)
  }

  push(hash: Uint8Array, blockBytes = 0): void {
    this.#hashes.set(hash, this.count * this.#width)
    this.count += 1
    this.sizeBytes += blockBytes
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.#hashes.subarray(0, this.count * this.#width)
  }
}

/** Reads until `length` bytes are there or the file ends; returns how many came. */
function readFully(descriptor: number, target: Uint8Array, length: number, position: number): number {
  let done = 0
  while (done < length) {
    const got = readSync(descriptor, target, done, length - done, position + done)
    if (got === 0) break
    done += got
  }
  return done
}
