/**
 * Holds an operation at its check points and lets it go on. One controller may serve several operations. A transfer
 * that is running when {@link RunController.pause} is called ends first.
 */
export class RunController {
  #gate: PromiseWithResolvers<void> | undefined

  get paused(): boolean {
    return this.#gate !== undefined
  }

  pause(): void {
    this.#gate ??= Promise.withResolvers<void>()
  }

  resume(): void {
    this.#gate?.resolve()
    this.#gate = undefined
  }

  /** Resolves at once unless paused; rejects with the reason of `signal` when that comes first. */
  async passed(signal?: AbortSignal): Promise<void> {
    while (this.#gate !== undefined) {
      signal?.throwIfAborted()
      const gate = this.#gate.promise
      if (signal === undefined) {
        await gate
        continue
      }
      const aborted = Promise.withResolvers<never>()
      const abort = (): void => aborted.reject(signal.reason)
      signal.addEventListener('abort', abort, { once: true })
      try {
        await Promise.race([gate, aborted.promise])
      } finally {
        signal.removeEventListener('abort', abort)
      }
    }
  }
}
