import { closeSync, constants, openSync } from 'node:fs'
import { hashBytes as digest, hashSizeBytes } from '@tercet/crypto'
import type { FileStat } from '@tercet/native'
import {
  type EntryType,
  entryTypeOf,
  type MetadataReader,
  packSignature,
  SIGNATURE_BYTES,
  type StatReader,
  signatureMatches,
  sourceIssue
} from '@tercet/source-fs'
import type { VolumeSettings } from '@tercet/volume-format'
import type { BlockFeeder } from './block-feeder.ts'
import type { LinkedContents } from './linked-contents.ts'
import { OUTCOME, type PackedBatch } from './packed-batch.ts'
import { PackedBatchBuilder } from './packed-batch-builder.ts'
import { ENTRY_TYPES, FILE, HINT, type ScanBatch } from './scan-batch.ts'
import type { PackedStream, StreamPacker } from './stream-packer.ts'

export interface EntryPackerOptions {
  readonly settings: VolumeSettings
  readonly followLinks: boolean
  /** How often a file that changes while it is read is read again. */
  readonly tornReadRetries: number
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** A change this soon before a read may carry the same time stamp as one after it. */
const TIME_STAMP_GRAIN_MS = 10

/** One entry of a batch. */
interface Entry {
  readonly batch: ScanBatch
  readonly index: number
  readonly path: string
  readonly name: string
}

/** Reads the entries of a batch, stores what is new and says what became of each. */
export class EntryPacker {
  readonly #feeder: BlockFeeder
  readonly #streams: StreamPacker
  readonly #stats: StatReader
  readonly #metadata: MetadataReader
  readonly #options: EntryPackerOptions
  readonly #hashBytes: number
  readonly #openFlags: number
  readonly #seen = new Uint8Array(SIGNATURE_BYTES)

  constructor(
    feeder: BlockFeeder,
    streams: StreamPacker,
    stats: StatReader,
    metadata: MetadataReader,
    options: EntryPackerOptions
  ) {
    this.#feeder = feeder
    this.#streams = streams
    this.#stats = stats
    this.#metadata = metadata
    this.#options = options
    this.#hashBytes = hashSizeBytes(options.settings.fileHash)
    // What was a file when it was scanned may be a link or a pipe by now: neither followed nor waited for.
    this.#openFlags =
      constants.O_RDONLY |
      (constants.O_NONBLOCK ?? 0) |
      (options.followLinks ? 0 : (constants.O_NOFOLLOW ?? 0))
  }

  /** @param linked what need not be read, because it was by another name */
  pack(batch: ScanBatch, linked?: LinkedContents): PackedBatch {
    const folders = batch.folders.split('\0')
    const names = batch.names.split('\0')
    const paths = names.map((name, index) => folders[batch.folderOf[index]!]! + name)
    this.#metadata.prefetch(paths)
    const answer = new PackedBatchBuilder(batch.count, this.#hashBytes)
    for (let index = 0; index < batch.count; index++)
      this.packEntry({ batch, index, path: paths[index]!, name: names[index]! }, answer, linked)
    return answer.finish(this.#feeder.take())
  }

  packEntry(entry: Entry, answer: PackedBatchBuilder, linked?: LinkedContents): void {
    try {
      if (linked !== undefined && this.#packLink(entry, linked, answer)) {
        // Nothing of it had to be read.
      } else if (entry.batch.types[entry.index] === FILE) this.#packFile(entry, answer)
      else this.#packOther(entry, answer)
    } catch (error) {
      this.#explain(error, entry, answer)
    }
    for (const issue of this.#metadata.takeIssues()) answer.issue(entry.index, issue.code, issue.message)
  }

  /** Stores the metadata of an entry; `descriptor` is the file, where it is open. */
  packMetadata(
    path: string,
    name: string,
    type: EntryType,
    stat: FileStat,
    descriptor?: number
  ): PackedStream {
    return this.#streams.packBytes(this.#metadata.encode(path, name, type, stat, descriptor))
  }

  /** A signature may be relied on next time unless a later change could carry the same time. */
  isTrustworthy(stat: FileStat): boolean {
    const changedAt = stat.ctimeSeconds * 1000 + stat.ctimeNanoseconds / 1e6
    return changedAt < this.#options.clock() - TIME_STAMP_GRAIN_MS
  }

  #packFile(entry: Entry, answer: PackedBatchBuilder): void {
    const { batch, index, path, name } = entry
    const descriptor = openSync(path, this.#openFlags)
    try {
      const first = this.#stats.fstat(descriptor)
      if (entryTypeOf(first) !== 'file') {
        answer.outcome(index, OUTCOME.VANISHED)
        return
      }
      if (this.#metadataDecides(entry, first, descriptor, answer)) return
      const { stat, content, torn } = this.#readStable(descriptor, first)
      const metadata = this.packMetadata(path, name, 'file', stat, descriptor)
      answer.stat(index, stat, !torn && this.isTrustworthy(stat))
      answer.content(index, content)
      answer.metadata(index, metadata)
      answer.outcome(index, outcomeOf(batch, index, this.#hashBytes, content, metadata, torn))
      if (!torn) return
      answer.torn(index)
      answer.issue(index, 'BACKUP_CHANGED_WHILE_READING', `${path} changed while it was read`)
    } finally {
      closeSync(descriptor)
    }
  }

  /** Whether the file is as it was when it was read by its first name, so that its content is known. */
  #packLink(entry: Entry, linked: LinkedContents, answer: PackedBatchBuilder): boolean {
    const { batch, index, path, name } = entry
    const content = linked.contents[index]
    if (content === undefined) return false
    const stat = this.#options.followLinks ? this.#stats.stat(path) : this.#stats.lstat(path)
    if (!signatureMatches(stat, linked.signatures, index * SIGNATURE_BYTES)) return false
    const metadata = this.packMetadata(path, name, 'file', stat)
    answer.stat(index, stat, true)
    answer.linkedContent(index, content)
    answer.metadata(index, metadata)
    answer.outcome(index, outcomeOf(batch, index, this.#hashBytes, content, metadata, false))
    return true
  }

  /** A catalog made from the destination has no signatures; equal metadata holds the exact times, and is enough. */
  #metadataDecides(entry: Entry, stat: FileStat, descriptor: number, answer: PackedBatchBuilder): boolean {
    const { batch, index, path, name } = entry
    if ((batch.hints[index]! & HINT.METADATA_DECIDES) === 0 || stat.size !== batch.previousSizes[index])
      return false
    const blob = this.#metadata.encode(path, name, 'file', stat, descriptor)
    const hash = digest(this.#options.settings.fileHash, blob)
    if (!equalsAt(batch.previousHashes, (2 * index + 1) * this.#hashBytes, hash)) return false
    answer.stat(index, stat, this.isTrustworthy(stat))
    answer.outcome(index, OUTCOME.UNCHANGED)
    return true
  }

  /** Reads until the file stays the same from the first byte to the last, or the attempts are used up. */
  #readStable(descriptor: number, first: FileStat): { stat: FileStat; content: PackedStream; torn: boolean } {
    let stat = first
    for (let attempt = 0; ; attempt++) {
      packSignature(stat, this.#seen, 0)
      const isSmall = stat.size <= this.#options.settings.blocksize
      const read = isSmall
        ? this.#streams.readSmall(descriptor, stat.size)
        : this.#streams.packFile(descriptor, stat.size)
      const after = this.#stats.fstat(descriptor)
      const torn = !signatureMatches(after, this.#seen)
      if (!torn || attempt === this.#options.tornReadRetries)
        return { stat, torn, content: read instanceof Uint8Array ? this.#streams.packBytes(read) : read }
      stat = after
    }
  }

  #packOther(entry: Entry, answer: PackedBatchBuilder): void {
    const { batch, index, path, name } = entry
    const type = ENTRY_TYPES[batch.types[index]!]!
    const bare = type === 'symlink' && path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path
    const stat =
      type === 'folder' && this.#options.followLinks ? this.#stats.stat(bare) : this.#stats.lstat(bare)
    if (entryTypeOf(stat) !== type) {
      answer.outcome(index, OUTCOME.VANISHED)
      return
    }
    const metadata = this.packMetadata(path, name, type, stat)
    answer.stat(index, stat, this.isTrustworthy(stat))
    answer.metadata(index, metadata)
    answer.outcome(index, outcomeOf(batch, index, this.#hashBytes, undefined, metadata, false))
  }

  #explain(error: unknown, { index, path }: Entry, answer: PackedBatchBuilder): void {
    const code = (error as NodeJS.ErrnoException).code
    // Gone or replaced by a link since the scan: as if the scan had come later.
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') {
      answer.outcome(index, OUTCOME.VANISHED)
      return
    }
    if (typeof (error as NodeJS.ErrnoException).syscall !== 'string') throw error
    const issue = sourceIssue(path, error, 'entry')
    answer.failed(index, issue.code, issue.message)
  }
}

/** Compares what was stored with the version before. */
export function outcomeOf(
  batch: Pick<ScanBatch, 'hints' | 'previousSizes' | 'previousHashes' | 'types'>,
  index: number,
  hashBytes: number,
  content: PackedStream | undefined,
  metadata: PackedStream,
  torn: boolean
): number {
  const hints = batch.hints[index]!
  if ((hints & HINT.PREVIOUS) === 0) return OUTCOME.ADDED
  const at = 2 * index * hashBytes
  if (content !== undefined) {
    const same =
      content.sizeBytes === batch.previousSizes[index] && equalsAt(batch.previousHashes, at, content.hash)
    if (!same || torn) return OUTCOME.MODIFIED
  }
  const sameMetadata = equalsAt(batch.previousHashes, at + hashBytes, metadata.hash)
  return sameMetadata && (hints & HINT.REWRITE) === 0 ? OUTCOME.UNCHANGED : OUTCOME.METADATA
}

function equalsAt(bytes: Uint8Array, offset: number, expected: Uint8Array): boolean {
  for (let index = 0; index < expected.byteLength; index++)
    if (bytes[offset + index] !== expected[index]) return false
  return true
}
