import type { CatalogVolume, FinishedVolume } from '@tercet/core'

/** What a lane does with what it has. */
export interface LaneWork {
  /** Stores new volumes; resolves when the destination has them. */
  store(volumes: readonly FinishedVolume[]): Promise<void>
  /** Deletes volumes of which everything that is needed is stored elsewhere. */
  release(sources: readonly CatalogVolume[]): Promise<void>
}

/**
 * One row of sources that are copied, one after the other, into one row of new volumes. A source is released when all
 * that was copied of it is stored. While new volumes are stored, the next source is copied already, so that no more than
 * two of them are on this machine.
 */
export class CompactLane {
  /** The worker that copies for it. */
  readonly worker: number
  readonly #work: LaneWork
  /** Sources of which something is in the volume that is not finished yet. */
  #waiting: CatalogVolume[] = []
  #storing: Promise<void> = Promise.resolve()

  constructor(worker: number, work: LaneWork) {
    this.worker = worker
    this.#work = work
  }

  /** A source was copied. Resolves when the lane may go on. */
  async copied(source: CatalogVolume, finished: readonly FinishedVolume[], isOpen: boolean): Promise<void> {
    if (finished.length === 0) {
      this.#waiting.push(source)
      return
    }
    const settled = isOpen ? this.#waiting : [...this.#waiting, source]
    this.#waiting = isOpen ? [source] : []
    await this.#storing
    this.#storing = this.#store(finished, settled)
    // Whoever waits for it learns of the failure; until then it must not count as unhandled.
    this.#storing.catch(() => {})
  }

  /** Resolves with the sources that wait for the volume that is not finished, when all others are stored. */
  async end(): Promise<readonly CatalogVolume[]> {
    await this.#storing
    return this.#waiting
  }

  async #store(finished: readonly FinishedVolume[], settled: readonly CatalogVolume[]): Promise<void> {
    await this.#work.store(finished)
    await this.#work.release(settled)
  }
}
