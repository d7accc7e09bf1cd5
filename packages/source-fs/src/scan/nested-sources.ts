import type { Platform } from '../platform.ts'
import { separatorOf } from '../platform.ts'

/** Sources inside other sources: they stay part of the backup even where a filter excludes the way to them. */
export class NestedSources {
  readonly isEmpty: boolean
  readonly #paths: ReadonlySet<string>
  readonly #separator: string

  constructor(paths: readonly string[], platform: Platform) {
    this.isEmpty = paths.length === 0
    this.#paths = new Set(paths)
    this.#separator = separatorOf(platform)
  }

  /** @param path without trailing separator */
  has(path: string): boolean {
    return !this.isEmpty && this.#paths.has(path)
  }

  /** Whether one of them lies below `path`, which has no trailing separator. */
  isOnTheWay(path: string): boolean {
    if (this.isEmpty) return false
    const folder = path + this.#separator
    for (const nested of this.#paths) if (nested.startsWith(folder)) return true
    return false
  }

  /** Names in `folder` (with separator) that are one of them or lead to one. */
  namesIn(folder: string): ReadonlySet<string> {
    const names = new Set<string>()
    for (const nested of this.#paths) {
      if (!nested.startsWith(folder)) continue
      const end = nested.indexOf(this.#separator, folder.length)
      names.add(nested.slice(folder.length, end < 0 ? undefined : end))
    }
    return names
  }
}
