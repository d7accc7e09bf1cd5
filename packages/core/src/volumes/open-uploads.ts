/** Uploads on their way, of which the first that fails ends the run. */
export class OpenUploads {
  readonly #open = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | undefined

  add(upload: Promise<unknown>): void {
    const settled = upload
      .then(
        () => {},
        (error: unknown) => {
          this.#failure ??= { error }
        }
      )
      .finally(() => this.#open.delete(settled))
    this.#open.add(settled)
  }

  /** Waits until no more than so many are open; rejects with the first that failed. */
  async settle(most: number): Promise<void> {
    while (this.#open.size > most && this.#failure === undefined) await Promise.race(this.#open)
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
