/** A set of stored folder paths that answers whether a path is one of them or lies below one. */
export class PathTree {
  readonly #folders = new Set<string>()
  readonly #separator: string

  constructor(separator: string) {
    this.#separator = separator
  }

  get isEmpty(): boolean {
    return this.#folders.size === 0
  }

  /** Adds a path with or without its trailing separator. */
  add(path: string): void {
    this.#folders.add(path.endsWith(this.#separator) ? path : path + this.#separator)
  }

  /** True for a folder that was added, for everything below it, and for an entry of its name. */
  covers(path: string): boolean {
    if (this.#folders.size === 0) return false
    let at = path.indexOf(this.#separator)
    while (at !== -1) {
      if (this.#folders.has(path.slice(0, at + 1))) return true
      at = path.indexOf(this.#separator, at + 1)
    }
    return this.#folders.has(path + this.#separator)
  }
}
