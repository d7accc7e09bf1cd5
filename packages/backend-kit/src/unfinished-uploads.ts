import type { CallOptions, Clock } from '@tercet/interface'
import { ABANDONED_AFTER_MS } from './temporary-names.ts'

/** How long a removal may take that nobody waits for. */
const REMOVAL_MS = 5000

/** Removes what puts that failed have left, of this program and of those that crashed. */
export class UnfinishedUploads {
  readonly #remove: (path: string, options: CallOptions) => Promise<void>
  readonly #clock: Clock
  readonly #removals = new Set<Promise<void>>()
  readonly #abandoned = new Set<string>()

  constructor(remove: (path: string, options: CallOptions) => Promise<void>, clock: Clock) {
    this.#remove = remove
    this.#clock = clock
  }

  /** Nobody waits for it, least of all one who gave up; {@link settled} does. */
  remove(path: string): void {
    const removal = this.#remove(path, { signal: AbortSignal.timeout(REMOVAL_MS) })
      .catch(() => {}) // it is not listed, and goes when it is old
      .finally(() => this.#removals.delete(removal))
    this.#removals.add(removal)
  }

  /** A listing came across one. */
  note(path: string, modifiedAt: Date | undefined): void {
    if (modifiedAt !== undefined && modifiedAt.getTime() < this.#clock.now() - ABANDONED_AFTER_MS)
      this.#abandoned.add(path)
  }

  /** Removes those that listings came across and that nobody can still be writing. */
  removeAbandoned(): void {
    for (const path of this.#abandoned) this.remove(path)
    this.#abandoned.clear()
  }

  /** Resolves when no removal is under way. */
  async settled(): Promise<void> {
    await Promise.all(this.#removals)
  }
}
