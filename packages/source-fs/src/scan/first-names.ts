import type { FileStat } from '@tercet/native'

/** Files of which further names may come. More of them are forgotten, oldest first: their other names are read again. */
const MAX_FILES = 100_000

interface FirstName {
  readonly path: string
  /** Names that have not been met. */
  missing: number
}

/** Remembers by which path a file with several names was met first, until all its names are met. */
export class FirstNames {
  readonly #most: number
  readonly #files = new Map<string, FirstName>()

  constructor(most = MAX_FILES) {
    this.#most = most
  }

  get size(): number {
    return this.#files.size
  }

  /** The path by which the file was met before; undefined: this is the first, or the first was forgotten. */
  meet(path: string, stat: FileStat): string | undefined {
    const identity = `${stat.device}:${stat.inodeHigh}:${stat.inodeLow}`
    const known = this.#files.get(identity)
    if (known === undefined) {
      if (this.#files.size >= this.#most) this.#files.delete(this.#files.keys().next().value as string)
      this.#files.set(identity, { path, missing: stat.nlink - 1 })
      return undefined
    }
    known.missing -= 1
    if (known.missing <= 0) this.#files.delete(identity)
    return known.path
  }
}
