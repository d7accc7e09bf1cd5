import { BlockIndex, type Catalog } from '@tercet/core'

/** An index that is full after it was loaded would be made anew as a whole for the first block that comes in. */
const ROOM_FOR_MORE = 1.1

/** An index and the runs that are in it: the volume of each by its first ordinal. */
interface KeptIndex {
  readonly index: BlockIndex
  readonly runs: ReadonlyMap<number, number>
}

/** Of catalogs that are open, and only as long as these are. */
const keptIndexes = new WeakMap<Catalog, KeptIndex>()

/**
 * The block index of one run. To fill it takes time and memory for every block that is stored, so runs that follow each
 * other, as those of a watched backup, hand it on: then only what came in meanwhile is added. It is handed on only by a
 * run that ended well, since a run that fails has claimed blocks that were never stored.
 */
export class RunBlockIndex {
  readonly index: BlockIndex
  readonly #catalog: Catalog
  /** What is in it; empty: nothing yet. */
  #runs: ReadonlyMap<number, number>
  #isLoaded = false

  constructor(catalog: Catalog, fingerprintBits: number | undefined) {
    this.#catalog = catalog
    const kept = keptIndexes.get(catalog)
    keptIndexes.delete(catalog)
    const isOfUse = kept !== undefined && holdsAll(catalog.blocks.soundPlaces(), kept.runs)
    this.#runs = isOfUse ? kept.runs : new Map()
    this.index = isOfUse
      ? kept.index
      : BlockIndex.create({
          expectedBlocks: Math.ceil(catalog.blocks.count() * ROOM_FOR_MORE),
          fingerprintBits
        })
  }

  /** To be called before the first block is looked up. */
  load(): void {
    const { blocks } = this.#catalog
    this.#isLoaded = true
    if (this.#runs.size === 0) {
      this.index.load(blocks.sound(), blocks.nextOrdinal())
      return
    }
    for (const first of blocks.soundPlaces().keys()) {
      const run = this.#runs.has(first) ? undefined : blocks.runAt(first)
      if (run !== undefined) this.index.load([run])
    }
  }

  /** For the next run. To be called when every block of this one is stored. */
  keep(): void {
    if (this.#isLoaded) this.#runs = this.#catalog.blocks.soundPlaces()
    if (this.#runs.size > 0) keptIndexes.set(this.#catalog, { index: this.index, runs: this.#runs })
  }
}

/** Whether all that is in the index can be relied on still. */
function holdsAll(runs: ReadonlyMap<number, number>, known: ReadonlyMap<number, number>): boolean {
  for (const [first, volumeId] of known) if (runs.get(first) !== volumeId) return false
  return true
}
