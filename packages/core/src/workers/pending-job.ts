import type { Transferable } from './jobs.ts'

/** One call of `run`, from the call to its answer. */
export class PendingJob {
  readonly id: number
  readonly name: string
  readonly payload: unknown
  readonly transfer: readonly Transferable[]
  readonly long: boolean
  readonly result: Promise<unknown>
  /** Called when the caller gives up, after the rejection. */
  onAbort: (() => void) | undefined
  settled = false
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void
  readonly #signal: AbortSignal | undefined

  constructor(
    id: number,
    name: string,
    payload: unknown,
    options: {
      signal?: AbortSignal | undefined
      transfer?: readonly Transferable[] | undefined
      long?: boolean | undefined
    }
  ) {
    this.id = id
    this.name = name
    this.payload = payload
    this.transfer = options.transfer ?? []
    this.long = options.long ?? false
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.result = promise
    this.#resolve = resolve
    this.#reject = reject
    this.#signal = options.signal
    this.#signal?.addEventListener('abort', this.#abort, { once: true })
  }

  resolve(value: unknown): void {
    if (this.#settle()) this.#resolve(value)
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error)
  }

  readonly #abort = () => {
    this.reject(this.#signal?.reason)
    this.onAbort?.()
  }

  #settle(): boolean {
    if (this.settled) return false
    this.settled = true
    this.#signal?.removeEventListener('abort', this.#abort)
    return true
  }
}
