import type { EntryRow, ResolvedVersion } from '@tercet/core'
import type { EntryFate, VersionLoss } from './entry-fate.ts'

const COUNTS = ['removedEntries', 'removedFiles', 'removedBytes', 'emptiedEntries'] as const

/** Sums up what each of many versions loses, with work per state of an entry that does not depend on their number. */
export class LossTally {
  readonly #seqs: readonly number[]
  /** What is added from a version on; one more element than there are versions. */
  readonly #changes: Readonly<Record<(typeof COUNTS)[number], Float64Array>>

  constructor(versions: readonly ResolvedVersion[]) {
    this.#seqs = versions.map(({ seq }) => seq).sort((a, b) => a - b)
    const empty = (): Float64Array => new Float64Array(this.#seqs.length + 1)
    this.#changes = {
      removedEntries: empty(),
      removedFiles: empty(),
      removedBytes: empty(),
      emptiedEntries: empty()
    }
  }

  /** False: none of the versions has it. */
  add(row: EntryRow, fate: Exclude<EntryFate, 'keep'>): boolean {
    const [from, to] = [this.#indexOf(row.fromSeq), this.#indexOf(row.toSeq)]
    if (from === to) return false
    const add = (count: (typeof COUNTS)[number], n: number): void => {
      const changes = this.#changes[count]
      changes[from]! += n
      changes[to]! -= n
    }
    if (fate === 'empty-metadata') add('emptiedEntries', 1)
    else {
      add('removedEntries', 1)
      if (row.type === 'file') add('removedFiles', 1)
      add('removedBytes', row.size)
    }
    return true
  }

  /** By seq, only of versions that lose something. */
  losses(): ReadonlyMap<number, VersionLoss> {
    const losses = new Map<number, VersionLoss>()
    const sums = { removedEntries: 0, removedFiles: 0, removedBytes: 0, emptiedEntries: 0 }
    for (const [i, seq] of this.#seqs.entries()) {
      for (const count of COUNTS) sums[count] += this.#changes[count][i]!
      if (sums.removedEntries + sums.emptiedEntries > 0) losses.set(seq, { ...sums })
    }
    return losses
  }

  /** How many of the versions are before this seq. */
  #indexOf(seq: number): number {
    let low = 0
    for (let high = this.#seqs.length; low < high; ) {
      const middle = (low + high) >> 1
      if (this.#seqs[middle]! < seq) low = middle + 1
      else high = middle
    }
    return low
  }
}
