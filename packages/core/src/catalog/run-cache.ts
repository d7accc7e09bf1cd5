import type { BlockRun } from './block-run-table.ts'

interface CachedRun {
  readonly run: BlockRun
  usedAt: number
}

/** Keeps runs that were looked at lately, up to a number of bytes; the least recently used goes first. */
export class RunCache {
  readonly #load: (ordinal: number) => BlockRun | undefined
  readonly #maxBytes: number
  /** By first ordinal. */
  readonly #runs: CachedRun[] = []
  #bytes = 0
  #clock = 0

  constructor(load: (ordinal: number) => BlockRun | undefined, maxBytes: number) {
    this.#load = load
    this.#maxBytes = maxBytes
  }

  /** The run that holds the ordinal. */
  at(ordinal: number): BlockRun | undefined {
    const place = this.#lastUpTo(ordinal)
    const cached = this.#runs[place]
    if (cached !== undefined && ordinal < cached.run.first + cached.run.count) {
      cached.usedAt = ++this.#clock
      return cached.run
    }
    const run = this.#load(ordinal)
    if (run !== undefined) this.#keep(place + 1, run)
    return run
  }

  clear(): void {
    this.#runs.length = 0
    this.#bytes = 0
  }

  /** Index of the last run that begins at or before the ordinal; -1 when all begin behind it. */
  #lastUpTo(ordinal: number): number {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#runs[middle] as CachedRun).run.first <= ordinal) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #keep(place: number, run: BlockRun): void {
    this.#runs.splice(place, 0, { run, usedAt: ++this.#clock })
    this.#bytes += bytesOf(run)
    while (this.#bytes > this.#maxBytes && this.#runs.length > 1) this.#dropOldest()
  }

  #dropOldest(): void {
    let oldest = 0
    for (let i = 1; i < this.#runs.length; i++) {
      if ((this.#runs[i] as CachedRun).usedAt < (this.#runs[oldest] as CachedRun).usedAt) oldest = i
    }
    const [dropped] = this.#runs.splice(oldest, 1)
    this.#bytes -= bytesOf((dropped as CachedRun).run)
  }
}

function bytesOf(run: BlockRun): number {
  return run.hashes.length + run.sizes.byteLength
}
