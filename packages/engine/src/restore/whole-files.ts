import { packedTextAt } from '../common/growable.ts'
import { METADATA } from './block-targets.ts'
import type { EntryOutcomes } from './entry-outcomes.ts'
import { BARE, WHOLE } from './entry-table.ts'
import type { JobEntries } from './job-types.ts'
import type { TargetFiles } from './target-files.ts'

/** Bytes that may wait for their other half, in one worker, before they are left to a later job. */
const MAX_HELD_BYTES = 32 * 1024 * 1024

/** What is there of a file whose other half is still to come. */
interface Half {
  readonly content?: Uint8Array
  readonly metadata?: Uint8Array
}

/**
 * Files of at most one block whose content and metadata come from the same source. Whichever comes first is held
 * until the other is there; then the file is made under its final name in one go, as its bytes are verified.
 */
export class WholeFiles {
  readonly #entries: JobEntries
  readonly #files: TargetFiles
  readonly #outcomes: EntryOutcomes
  readonly #maxHeldBytes: number
  readonly #halves = new Map<number, Half>()
  readonly #made: Uint8Array
  #heldBytes = 0

  constructor(
    entries: JobEntries,
    files: TargetFiles,
    outcomes: EntryOutcomes,
    maxHeldBytes = MAX_HELD_BYTES
  ) {
    this.#entries = entries
    this.#files = files
    this.#outcomes = outcomes
    this.#maxHeldBytes = maxHeldBytes
    this.#made = new Uint8Array(entries.flags.length)
  }

  takeMetadata(entry: number, metadata: Uint8Array): void {
    const content = this.#entries.sizes[entry] === 0 ? EMPTY : this.#halves.get(entry)?.content
    if (content === undefined) this.#hold(entry, { metadata: metadata.slice() })
    else this.#make(entry, { content, metadata })
  }

  takeContent(entry: number, content: Uint8Array): void {
    const isBare = ((this.#entries.flags[entry] as number) & BARE) !== 0
    const metadata = isBare ? EMPTY : this.#halves.get(entry)?.metadata
    if (metadata === undefined) this.#hold(entry, { content: content.slice() })
    else this.#make(entry, { content, metadata })
  }

  /** Leaves all files that did not get both halves to others. */
  finish(): void {
    for (let entry = 0; entry < this.#made.length; entry++) {
      if ((this.#entries.flags[entry] as number) & WHOLE && this.#made[entry] === 0) this.#leave(entry)
    }
  }

  #make(entry: number, file: Required<Half>): void {
    const path = packedTextAt(this.#entries.paths, entry)
    try {
      const written = this.#files.writeWhole(
        path,
        file.content,
        file.metadata,
        this.#entries.times[entry] as number
      )
      if (!written.created) {
        this.#release(entry)
        this.#leave(entry, file)
        return
      }
      this.#outcomes.wrote(file.content.length)
      this.#outcomes.finished()
      this.#outcomes.linked(this.#entries.numbers[entry] as number, written.hardLink)
    } catch (error) {
      this.#outcomes.failEntry(entry, this.#files.fullPath(path), error)
    }
    this.#made[entry] = 1
    this.#release(entry)
  }

  #hold(entry: number, half: Half): void {
    this.#halves.set(entry, half)
    this.#heldBytes += lengthOf(half)
    if (this.#heldBytes <= this.#maxHeldBytes) return
    for (const held of [...this.#halves.keys()]) this.#leave(held)
  }

  /** From now on the entry is like those whose halves come from several sources. */
  #leave(entry: number, half = this.#release(entry)): void {
    this.#entries.flags[entry] = (this.#entries.flags[entry] as number) & ~WHOLE
    this.#outcomes.leaveUnfinished(entry)
    if (half?.metadata !== undefined && half.metadata.length > 0) {
      this.#outcomes.passMetadata(this.#entries.numbers[entry] as number, METADATA, half.metadata)
    }
    if (half?.content === undefined) return
    try {
      this.#files.writeBlock(this.#entries, entry, half.content, 0)
      this.#outcomes.wrote(half.content.length)
    } catch (error) {
      this.#outcomes.failEntry(entry, this.#files.fullPath(packedTextAt(this.#entries.paths, entry)), error)
    }
  }

  #release(entry: number): Half | undefined {
    const half = this.#halves.get(entry)
    if (half === undefined) return undefined
    this.#halves.delete(entry)
    this.#heldBytes -= lengthOf(half)
    return half
  }
}

function lengthOf(half: Half): number {
  return (half.content?.length ?? 0) + (half.metadata?.length ?? 0)
}

const EMPTY = new Uint8Array()
