import type { CallOptions } from '@tercet/interface'

interface Waiting {
  readonly share: SpoolShare
  readonly bytes: number
  admit(hasRoom: boolean): void
}

/** Bytes that may be kept between the primary and the replicas, for all feeds of a run together. */
export class SpoolBudget {
  readonly maxBytes: number
  #used = 0
  #highWater = 0
  readonly #waiting: Waiting[] = []

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Most bytes that were ever kept. */
  get highWaterBytes(): number {
    return this.#highWater
  }

  share(maxBytes: number): SpoolShare {
    return new SpoolShare(this, Math.max(0, Math.floor(maxBytes)))
  }

  /** @internal */
  reserve(share: SpoolShare, bytes: number, { signal }: CallOptions): Promise<boolean> {
    signal?.throwIfAborted()
    if (!this.#waiting.some((waiting) => waiting.share === share) && this.#fits(share, bytes)) {
      this.#take(share, bytes)
      return Promise.resolve(true)
    }
    if (bytes > share.maxBytes) return Promise.resolve(false)
    return new Promise<boolean>((resolve, reject) => {
      const waiting: Waiting = {
        share,
        bytes,
        admit: (hasRoom) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(hasRoom)
        }
      }
      const onAbort = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        reject(signal?.reason)
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.push(waiting)
    })
  }

  /** @internal */
  release(share: SpoolShare, bytes: number): void {
    this.#used -= bytes
    share.usedBytes -= bytes
    this.pump()
  }

  /** Admits whoever waits first in each share, now that there is more room. @internal */
  pump(): void {
    const blocked = new Set<SpoolShare>()
    for (const waiting of [...this.#waiting]) {
      if (blocked.has(waiting.share)) continue
      if (waiting.bytes > waiting.share.maxBytes) {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
        waiting.admit(false)
        continue
      }
      if (!this.#fits(waiting.share, waiting.bytes)) {
        blocked.add(waiting.share)
        continue
      }
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
      this.#take(waiting.share, waiting.bytes)
      waiting.admit(true)
    }
  }

  #fits(share: SpoolShare, bytes: number): boolean {
    return share.usedBytes + bytes <= share.maxBytes && this.#used + bytes <= this.maxBytes
  }

  #take(share: SpoolShare, bytes: number): void {
    this.#used += bytes
    share.usedBytes += bytes
    this.#highWater = Math.max(this.#highWater, this.#used)
  }
}

/** The part of the budget that one feed may use. */
export class SpoolShare {
  readonly #budget: SpoolBudget
  #maxBytes: number
  /** @internal */
  usedBytes = 0

  constructor(budget: SpoolBudget, maxBytes: number) {
    this.#budget = budget
    this.#maxBytes = maxBytes
  }

  get maxBytes(): number {
    return this.#maxBytes
  }

  /** Gives a part of this share to another feed. */
  split(parts: number): SpoolShare {
    const given = Math.floor(this.#maxBytes / parts)
    this.#maxBytes -= given
    this.#budget.pump()
    return this.#budget.share(given)
  }

  /** What was reserved here counts for the other from now on. */
  moveTo(other: SpoolShare, bytes: number): void {
    this.usedBytes -= bytes
    other.usedBytes += bytes
    this.#budget.pump()
  }

  /** Resolves with true when there is room, in the order in which it was asked for; with false when there never will be. */
  reserve(bytes: number, options: CallOptions): Promise<boolean> {
    return this.#budget.reserve(this, bytes, options)
  }

  release(bytes: number): void {
    this.#budget.release(this, bytes)
  }
}
