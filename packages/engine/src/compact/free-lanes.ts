import type { CompactLane } from './compact-lane.ts'

/** Gives each source the next lane that is free. */
export class FreeLanes {
  readonly #free: CompactLane[]
  readonly #waiting: ((lane: CompactLane) => void)[] = []

  constructor(lanes: readonly CompactLane[]) {
    this.#free = [...lanes]
  }

  async use(work: (lane: CompactLane) => Promise<void>): Promise<void> {
    const lane =
      this.#free.pop() ?? (await new Promise<CompactLane>((resolve) => this.#waiting.push(resolve)))
    try {
      await work(lane)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#free.push(lane)
      else next(lane)
    }
  }
}
