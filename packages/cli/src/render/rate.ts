const WINDOW_MS = 15_000
const SPACING_MS = 500

interface Sample {
  readonly at: number
  readonly total: number
}

/** How fast a total grows, over the last seconds. Totals are given as they come; few are kept. */
export class Rate {
  readonly #samples: Sample[] = []
  #latest: Sample | undefined

  add(total: number, at: number): void {
    this.#latest = { at, total }
    const newest = this.#samples.at(-1)
    if (newest !== undefined && at - newest.at < SPACING_MS) return
    this.#samples.push(this.#latest)
    while (this.#samples.length > 2 && at - (this.#samples[0] as Sample).at > WINDOW_MS) this.#samples.shift()
  }

  /** Per second; undefined until there is a second to tell from. */
  get perSecond(): number | undefined {
    const [first] = this.#samples
    if (first === undefined || this.#latest === undefined) return undefined
    const elapsed = this.#latest.at - first.at
    if (elapsed < 1000) return undefined
    return ((this.#latest.total - first.total) * 1000) / elapsed
  }
}
