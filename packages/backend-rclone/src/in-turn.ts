import { untilAborted } from '@tercet/interface'

/** Runs what has the same name one after the other, in the order in which it was asked for. */
export class InTurn {
  readonly #last = new Map<string, Promise<unknown>>()

  async run<Result>(
    name: string,
    signal: AbortSignal | undefined,
    work: () => Promise<Result>
  ): Promise<Result> {
    const before = this.#last.get(name)
    const mine = (async () => {
      if (before !== undefined)
        await untilAborted(
          before.catch(() => {}),
          signal
        )
      return await work()
    })()
    this.#last.set(name, mine)
    try {
      return await mine
    } finally {
      if (this.#last.get(name) === mine) this.#last.delete(name)
    }
  }
}
