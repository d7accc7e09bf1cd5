import { read } from 'node:fs'
import { promisify } from 'node:util'
import { createHasher, equalBytes, type HashAlgorithm, type Hasher } from '@tercet/crypto'
import { alignedBytes, type DirectFile, DirectIo, PageCache } from '@tercet/native'
import { type EntryTable, HASHED, IN_PLACE } from './entry-table.ts'
import type { UnfinishedFile } from './target-files.ts'

/** Smaller files are hashed by the workers, many at a time. */
const MIN_BYTES = 64 * 1024 * 1024
const CHUNK_BYTES = 1024 * 1024
/** Content behind the hash that stays in the page cache, as it may still be on its way to the disk. */
const KEPT_BYTES = 16 * 1024 * 1024
/** Content that leaves the page cache at once. */
const RELEASE_BYTES = 4 * 1024 * 1024

export interface FollowingHashOptions {
  readonly table: EntryTable
  readonly blocksize: number
  readonly algorithm: HashAlgorithm
  readonly open: (entry: number) => UnfinishedFile
  /** @defaultValue 64 MiB */
  readonly minBytes?: number | undefined
}

interface Followed {
  readonly entry: number
  readonly file: UnfinishedFile
  /** Workers write past the page cache, so the disk is where the content is. */
  readonly direct: DirectFile | undefined
  readonly hasher: Hasher
  /** One byte a block: 1 when it is at its place. */
  readonly written: Uint8Array
  /** Blocks from the beginning that are all written. */
  prefixBlocks: number
  hashedBytes: number
  releasedBytes: number
  running: Promise<void> | undefined
}

/**
 * Hashes one large file at a time from its beginning, while workers still write what comes later in it, so that
 * nobody waits for a pass over the whole file at the end. What goes wrong here leaves the check to the finishing job.
 */
export class FollowingHash implements Disposable {
  readonly #options: FollowingHashOptions
  readonly #io = new DirectIo()
  /** One is hashed while the other is filled. */
  readonly #buffers = [chunk(), chunk()] as const
  readonly #pages = new PageCache()
  #followed: Followed | undefined
  #isClosed = false

  constructor(options: FollowingHashOptions) {
    this.#options = options
  }

  /** To be told of every block of content that was written. */
  arrived(entry: number, index: number): void {
    this.#followed ??= this.#follow(entry)
    const followed = this.#followed
    if (followed?.entry !== entry) return
    followed.written[index] = 1
    while (followed.written[followed.prefixBlocks] === 1) followed.prefixBlocks += 1
    followed.running ??= this.#catchUp(followed)
  }

  follows(entry: number): boolean {
    return this.#followed?.entry === entry
  }

  /** Hashes the rest of the file that is followed. Its flag `HASHED` is gone afterwards if it is as the version says. */
  async complete(): Promise<void> {
    const followed = this.#followed
    if (followed === undefined) return
    await followed.running
    const { table } = this.#options
    const { entry, hasher, hashedBytes } = followed
    if (hashedBytes === table.sizes.at(entry) && equalBytes(hasher.digest(), table.hash(entry))) {
      table.unmark(entry, HASHED)
    }
    this.#leave(followed)
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    // A read that is on its way must not meet another file under the same number.
    const followed = this.#followed
    if (followed?.running !== undefined) void followed.running.then(() => this.#leave(followed))
    else if (followed !== undefined) this.#leave(followed)
  }

  #follow(entry: number): Followed | undefined {
    const { table, blocksize, algorithm, open, minBytes = MIN_BYTES } = this.#options
    const size = table.sizes.at(entry)
    if (size < minBytes || !table.has(entry, HASHED) || table.has(entry, IN_PLACE)) return undefined
    const written = new Uint8Array(Math.ceil(size / blocksize))
    // Of blocks that came while another file was followed nothing is known.
    if (table.remaining.at(entry) < written.length) return undefined
    try {
      const file = open(entry)
      const direct = this.#io.open(file.fd, 'read')
      const state = { prefixBlocks: 0, hashedBytes: 0, releasedBytes: 0, running: undefined }
      return { entry, file, direct, hasher: createHasher(algorithm), written, ...state }
    } catch {
      return undefined
    }
  }

  async #catchUp(followed: Followed): Promise<void> {
    // The caller may have more to tell at once.
    await Promise.resolve()
    try {
      let next = this.#isClosed ? undefined : this.#read(followed, followed.hashedBytes, 0)
      for (let turn = 1; next !== undefined; turn = 1 - turn) {
        const bytes = await next
        if (this.#isClosed || bytes.length === 0) break
        const hashedBytes = followed.hashedBytes + bytes.length
        next = this.#read(followed, hashedBytes, turn)
        followed.hasher.update(bytes)
        followed.hashedBytes = hashedBytes
        this.#releaseHashed(followed)
      }
    } catch {
      // The finishing job meets the same error, and reports it.
    }
    followed.running = undefined
  }

  /** Reads what is written from `position` on; undefined where that is nothing. */
  #read(followed: Followed, position: number, turn: number): Promise<Uint8Array> | undefined {
    const { table, blocksize } = this.#options
    const end = Math.min(followed.prefixBlocks * blocksize, table.sizes.at(followed.entry))
    const length = Math.min(CHUNK_BYTES, end - position)
    if (length === 0) return undefined
    return this.#readChunk(followed, this.#buffers[turn] as Uint8Array, position, length)
  }

  async #readChunk(
    { file, direct }: Followed,
    buffer: Uint8Array,
    position: number,
    length: number
  ): Promise<Uint8Array> {
    const bytes = direct && (await this.#io.readInto(direct, buffer, position, length))
    if (bytes !== undefined) return bytes
    const { bytesRead } = await readAt(file.fd, buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  }

  /** Nobody reads again what lies behind the hash. */
  #releaseHashed(followed: Followed): void {
    const length = followed.hashedBytes - KEPT_BYTES - followed.releasedBytes
    if (length < RELEASE_BYTES) return
    this.#pages.release(followed.file.fd, followed.releasedBytes, length)
    followed.releasedBytes += length
  }

  #leave(followed: Followed): void {
    if (this.#followed !== followed) return
    this.#followed = undefined
    followed.direct?.close()
    followed.file.close()
  }
}

function chunk(): Uint8Array {
  return alignedBytes(CHUNK_BYTES) ?? new Uint8Array(CHUNK_BYTES)
}

const readAt = promisify(read)
