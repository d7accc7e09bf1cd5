import type { EntryReader } from './packed-entries.ts'

/** Readers of sorted entries, of which the one with the least name is at hand. */
export class ReaderHeap {
  readonly #heap: EntryReader[] = []

  constructor(readers: readonly EntryReader[]) {
    for (const reader of readers) if (reader.next()) this.#heap.push(reader)
    for (let at = this.#heap.length >> 1; at-- > 0; ) this.#sink(at)
  }

  /** Undefined when all are at their end. */
  get least(): EntryReader | undefined {
    return this.#heap[0]
  }

  /** Moves the reader with the least name on. */
  advance(): void {
    const [top] = this.#heap
    if (top === undefined) return
    if (!top.next()) {
      const last = this.#heap.pop() as EntryReader
      if (this.#heap.length === 0) return
      this.#heap[0] = last
    }
    this.#sink(0)
  }

  #sink(from: number): void {
    const heap = this.#heap
    const sinking = heap[from] as EntryReader
    let at = from
    for (;;) {
      let child = 2 * at + 1
      const left = heap[child]
      if (left === undefined) break
      const right = heap[child + 1]
      if (right !== undefined && right.compare(left) < 0) child++
      const least = heap[child] as EntryReader
      if (sinking.compare(least) <= 0) break
      heap[at] = least
      at = child
    }
    heap[at] = sinking
  }
}
