import type { JobContext } from '@tercet/core'
import type { HashAlgorithm } from '@tercet/crypto'
import { isTercetError } from '@tercet/interface'
import { blockSizeAt } from '@tercet/volume-format'
import { EngineError } from '../common/engine-error.ts'
import { packedTextAt, uint32List } from '../common/growable.ts'
import type { BlockReader } from './block-reader.ts'
import { METADATA } from './block-targets.ts'
import { EntryOutcomes } from './entry-outcomes.ts'
import { DROPPED, HASHED, WHOLE } from './entry-table.ts'
import type { BlockFailure, WriteJob, WriteResult } from './job-types.ts'
import type { TargetFiles } from './target-files.ts'
import { WholeFiles } from './whole-files.ts'

/** Different reasons for failed blocks that one result tells. */
const MAX_REASONS = 8

/**
 * Writes what one source gives: files that are whole within it in one go, blocks of others to their places in
 * temporary files. Blocks are read in the order in which they lie in the source, each once.
 *
 * @throws a system error that concerns all files alike, such as a full disk
 */
export function writeFromSource(
  job: WriteJob,
  reader: BlockReader,
  files: TargetFiles,
  context: JobContext
): WriteResult {
  const writer = new SourceWriter(job, files)
  for (const block of readingOrder(job, reader, writer)) {
    context.throwIfAborted()
    writer.take(block, reader)
  }
  return writer.finish()
}

/** Positions of the blocks that the source has, sorted by their place in it; the others have failed. */
function readingOrder(job: WriteJob, reader: BlockReader, writer: SourceWriter): Uint32Array {
  const count = job.sizes.length
  const places = new Float64Array(count)
  let found = 0
  const order = new Uint32Array(count)
  for (let block = 0; block < count; block++) {
    const place = reader.place(block)
    if (place < 0) writer.fail(block, { code: 'VOLUME_ENTRY_MISSING', message: 'The volume lacks the block' })
    else {
      places[block] = place
      order[found++] = block
    }
  }
  return order.subarray(0, found).sort((a, b) => (places[a] as number) - (places[b] as number))
}

class SourceWriter {
  readonly #job: WriteJob
  readonly #files: TargetFiles
  readonly #outcomes = new EntryOutcomes()
  readonly #whole: WholeFiles
  /** For each entry: blocks of its content that the source gives. */
  readonly #given: Uint32Array
  readonly #failed = uint32List()
  readonly #reasons = new Map<string, BlockFailure>()

  constructor(job: WriteJob, files: TargetFiles) {
    this.#job = job
    this.#files = files
    this.#whole = new WholeFiles(job.entries, files, this.#outcomes)
    this.#given = new Uint32Array(job.entries.numbers.length)
    job.targetEntries.forEach((entry, at) => {
      if ((job.targetIndexes[at] as number) < METADATA)
        this.#given[entry] = (this.#given[entry] as number) + 1
    })
  }

  take(block: number, reader: BlockReader): void {
    let bytes: Uint8Array
    try {
      bytes = reader.read(block)
    } catch (error) {
      this.fail(block, reasonOf(error))
      return
    }
    const end = this.#job.targetStarts[block + 1] as number
    for (let at = this.#job.targetStarts[block] as number; at < end; at++) {
      this.#give(this.#job.targetEntries[at] as number, this.#job.targetIndexes[at] as number, bytes)
    }
  }

  fail(block: number, reason: BlockFailure): void {
    this.#failed.push(block)
    if (this.#reasons.size < MAX_REASONS) this.#reasons.set(reason.code + reason.message, reason)
  }

  finish(): WriteResult {
    this.#whole.finish()
    this.#outcomes.add(this.#files.settle())
    return {
      ...this.#outcomes.result(),
      digests: this.#files.takeDigests(),
      failedBlocks: this.#failed.view().slice(),
      failures: [...this.#reasons.values()]
    }
  }

  #give(entry: number, index: number, bytes: Uint8Array): void {
    const { entries } = this.#job
    const isMetadata = index >= METADATA
    const flags = entries.flags[entry] as number
    if ((flags & DROPPED) !== 0 || this.#outcomes.hasFailed(entry)) return
    if (!isMetadata && bytes.length !== this.#lengthOf(entry, index)) {
      entries.flags[entry] = flags & ~WHOLE
      const wrong = new EngineError(
        'RESTORE_HASH_MISMATCH',
        'a block of it is not as long as its version says'
      )
      this.#outcomes.failEntry(entry, this.#files.fullPath(packedTextAt(entries.paths, entry)), wrong)
      return
    }
    if ((flags & WHOLE) !== 0) {
      if (isMetadata) this.#whole.takeMetadata(entry, bytes)
      else this.#whole.takeContent(entry, bytes)
      return
    }
    if (isMetadata) {
      this.#outcomes.passMetadata(entries.numbers[entry] as number, index, bytes)
      return
    }
    try {
      const position = index * this.#job.settings.blocksize
      this.#files.writeBlock(entries, entry, bytes, position, this.#hashWith(entry))
      this.#outcomes.wrote(bytes.length)
    } catch (error) {
      this.#outcomes.failEntry(entry, this.#files.fullPath(packedTextAt(entries.paths, entry)), error)
    }
  }

  #lengthOf(entry: number, index: number): number {
    const { entries, settings } = this.#job
    return blockSizeAt(index, entries.sizes[entry] as number, settings.blocksize)
  }

  /** Undefined for files that others write, too, or that are not hashed at all. */
  #hashWith(entry: number): HashAlgorithm | undefined {
    const { entries, settings } = this.#job
    const blocks = Math.ceil((entries.sizes[entry] as number) / settings.blocksize)
    const isHashed = ((entries.flags[entry] as number) & HASHED) !== 0
    return isHashed && this.#given[entry] === blocks ? settings.fileHash : undefined
  }
}

function reasonOf(error: unknown): BlockFailure {
  if (isTercetError(error)) return { code: error.code, message: error.message }
  return { code: 'RESTORE_BLOCK_UNREADABLE', message: error instanceof Error ? error.message : String(error) }
}
