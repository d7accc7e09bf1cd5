import { BaseBackend, NO_CAPABILITIES } from '@tercet/interface'

/** Stands for a place that could not be opened: whatever is asked of it rejects with the reason. */
export class UnopenedBackend extends BaseBackend {
  readonly scheme = 'unopened'
  readonly displayName: string
  readonly capabilities = NO_CAPABILITIES
  readonly #reason: unknown

  constructor(displayName: string, reason: unknown) {
    super()
    this.displayName = displayName
    this.#reason = reason
  }

  // biome-ignore lint/correctness/useYield: it has nothing to give
  async *list(): AsyncGenerator<never, void, undefined> {
    throw this.#reason
  }

  async stat(): Promise<never> {
    throw this.#reason
  }

  // biome-ignore lint/correctness/useYield: it has nothing to give
  async *get(): AsyncGenerator<never, void, undefined> {
    throw this.#reason
  }

  async put(): Promise<never> {
    throw this.#reason
  }

  async delete(): Promise<never> {
    throw this.#reason
  }
}
