import { compareText } from './compare-text.ts'
import { FLAG_STALE } from './entry-batch.ts'
import { endOfTree, folderPath } from './entry-path.ts'
import type { EntryRow } from './entry-row.ts'

/** Entries by folder and name: from the first place on, up to the second one, which is not among them. */
export interface CarriedRange {
  readonly from: EntryPlace
  /** Undefined: all that follow. */
  readonly to: EntryPlace | undefined
}

export interface EntryPlace {
  /** With trailing separator. */
  readonly folder: string
  readonly name: string
}

/** Every entry there is. */
export const EVERYTHING: CarriedRange = Object.freeze({ from: { folder: '', name: '' }, to: undefined })

/** Everything below a folder, and not the folder's own entry. */
export function carriedTree(path: string): CarriedRange {
  const folder = folderPath(path)
  const end = endOfTree(folder)
  return {
    from: { folder, name: '' },
    to: typeof end === 'string' ? { folder: end, name: '' } : undefined
  }
}

/** Tells which entries of one version are as in the version before because they were not looked at. */
export class CarriedRanges {
  readonly #seq: number
  readonly #ranges: readonly CarriedRange[]

  /** @internal `ranges` in order and apart from each other */
  constructor(seq: number, ranges: readonly CarriedRange[]) {
    this.#seq = seq
    this.#ranges = ranges
  }

  /** What the version itself brought is not carried over, wherever it is. */
  has(row: Pick<EntryRow, 'flags' | 'fromSeq' | 'folder' | 'name'>): boolean {
    if ((row.flags & FLAG_STALE) !== 0) return true
    return this.#ranges.length > 0 && row.fromSeq !== this.#seq && this.#covers(row)
  }

  #covers(place: EntryPlace): boolean {
    let low = 0
    for (let high = this.#ranges.length; low < high; ) {
      const middle = (low + high) >> 1
      if (comparePlaces(this.#ranges[middle]!.from, place) <= 0) low = middle + 1
      else high = middle
    }
    const last = this.#ranges[low - 1]
    return last !== undefined && (last.to === undefined || comparePlaces(place, last.to) < 0)
  }
}

function comparePlaces(a: EntryPlace, b: EntryPlace): number {
  return compareText(a.folder, b.folder) || compareText(a.name, b.name)
}
