import type { ChangeBatch } from './change-journal.ts'

const MOST_PATHS = 10_000

/** Hands batches to those who iterate. What somebody has not taken yet is kept as one batch, of a bounded size. */
export class BatchFeed {
  readonly #readers = new Set<Reader>()
  #failure: unknown
  #ended = false

  push(batch: ChangeBatch): void {
    for (const reader of this.#readers) reader.push(batch)
  }

  /** Ends all iterations, with `failure` if there is one. */
  end(failure?: unknown): void {
    this.#ended = true
    this.#failure = failure
    for (const reader of this.#readers) reader.wake()
  }

  async *read(): AsyncGenerator<ChangeBatch, void, undefined> {
    const reader = new Reader()
    this.#readers.add(reader)
    try {
      for (;;) {
        const batch = reader.take()
        if (batch !== undefined) yield batch
        else if (this.#failure !== undefined) throw this.#failure
        else if (this.#ended) return
        else await reader.woken()
      }
    } finally {
      this.#readers.delete(reader)
    }
  }
}

class Reader {
  #waiting: ChangeBatch | undefined
  #wake: (() => void) | undefined

  push(batch: ChangeBatch): void {
    this.#waiting = this.#waiting === undefined ? batch : joined(this.#waiting, batch)
    this.wake()
  }

  take(): ChangeBatch | undefined {
    const batch = this.#waiting
    this.#waiting = undefined
    return batch
  }

  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  wake(): void {
    this.#wake?.()
    this.#wake = undefined
  }
}

function joined(earlier: ChangeBatch, later: ChangeBatch): ChangeBatch {
  return {
    cursor: later.cursor,
    dirty: [...new Set([...earlier.dirty, ...later.dirty])].slice(0, MOST_PATHS),
    unknown: [...earlier.unknown, ...later.unknown].slice(0, MOST_PATHS)
  }
}
