import {
  type Clock,
  isListed,
  isTercetError,
  type ListOptions,
  type StorageBackend,
  type StorageEntry
} from '@tercet/interface'

interface Change {
  readonly path: string
  readonly atMs: number
  /** What the path held before. */
  readonly before: StorageEntry | undefined
}

/** Remembers changes, so that a listing can be shown as it was before the latest of them. */
export class ListingHistory {
  readonly #clock: Clock
  readonly #isTracking: () => boolean
  readonly #changes: Change[] = []
  readonly #present = new Map<string, StorageEntry | undefined>()

  /** Without `isTracking` nothing is looked at or kept. */
  constructor(clock: Clock, isTracking: () => boolean) {
    this.#clock = clock
    this.#isTracking = isTracking
  }

  /** To be called before a change of `path`. */
  async remember(backend: StorageBackend, path: string): Promise<void> {
    if (!this.#isTracking()) return
    try {
      this.#present.set(path, await backend.stat(path))
    } catch (error) {
      if (!isTercetError(error, 'STORAGE_NOT_FOUND')) throw error
      this.#present.set(path, undefined)
    }
  }

  /** To be called when the change was made. */
  record(path: string): void {
    if (!this.#isTracking()) return
    this.#changes.push({ path, atMs: this.#clock.monotonic(), before: this.#present.get(path) })
    this.#present.delete(path)
  }

  /** `entries` without the latest `behind` changes and without those younger than `lagMs`. */
  async *view(
    entries: AsyncIterable<StorageEntry>,
    options: ListOptions | undefined,
    behind: number,
    lagMs: number
  ): AsyncGenerator<StorageEntry, void, undefined> {
    const hidden = this.#hidden(behind, lagMs)
    for await (const entry of entries) if (!hidden.has(entry.path)) yield entry
    for (const entry of hidden.values()) if (entry !== undefined && isListed(entry.path, options)) yield entry
  }

  /** What to show instead, by path. */
  #hidden(behind: number, lagMs: number): Map<string, StorageEntry | undefined> {
    const youngest = this.#clock.monotonic() - lagMs
    const hidden = new Map<string, StorageEntry | undefined>()
    for (let index = this.#changes.length - 1; index >= 0; index--) {
      const change = this.#changes[index] as Change
      const latest = this.#changes.length - index <= behind
      if (latest || (lagMs > 0 && change.atMs > youngest)) hidden.set(change.path, change.before)
    }
    return hidden
  }
}
