import type { JobContext } from './jobs.ts'

/** One job in a worker, from its arrival to its answer. */
export class OpenJob implements JobContext {
  readonly id: number
  readonly #slot: number
  readonly #abortFlags: Int32Array
  #controller: AbortController | undefined

  constructor(id: number, slot: number, abortFlags: Int32Array) {
    this.id = id
    this.#slot = slot
    this.#abortFlags = abortFlags
  }

  get aborted(): boolean {
    return Atomics.load(this.#abortFlags, this.#slot) === this.id
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.aborted) this.#controller.abort()
    }
    return this.#controller.signal
  }

  abort(): void {
    this.#controller?.abort()
  }

  throwIfAborted(): void {
    if (this.aborted) throw new DOMException('The job was aborted', 'AbortError')
  }
}
