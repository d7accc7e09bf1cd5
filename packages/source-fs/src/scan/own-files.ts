import type { FileStat } from '@tercet/native'
import { isSameFile } from './same-file.ts'
import type { ResolvedScanOptions } from './scan-options.ts'
import type { StatReader } from './stat-reader.ts'

interface KnownFolder {
  readonly stat: FileStat
  readonly names: readonly RegExp[]
}

/**
 * Files of this program among the sources. A folder of its own is known by device and inode, since a walk may come to it
 * through a link or a second mount; what is in it is known by name, and only what is directly in it.
 */
export class OwnFiles {
  readonly #files: ReadonlySet<string>
  readonly #folders: readonly KnownFolder[]
  /** The paths, with separator, by which the walk came to such a folder. */
  readonly #entered = new Map<string, readonly RegExp[]>()

  /** A folder that is not there is not met either. */
  constructor({ ownFiles, ownFolders }: ResolvedScanOptions, stats: StatReader) {
    this.#files = ownFiles
    this.#folders = ownFolders.flatMap(({ path, names }) => {
      const stat = statOrNothing(stats, path)
      return stat === undefined ? [] : [{ stat, names: names.map((name) => new RegExp(name, 's')) }]
    })
  }

  /** Whether this folder is one of them; remembered for the entries in it. */
  enter(folder: string, stat: FileStat): boolean {
    for (const known of this.#folders) {
      if (!isSameFile(known.stat, stat)) continue
      this.#entered.set(folder, known.names)
      return true
    }
    return false
  }

  /**
   * @param path without trailing separator
   * @param name the end of `path`
   */
  has(path: string, name: string): boolean {
    if (this.#files.size > 0 && this.#files.has(path)) return true
    if (this.#entered.size === 0) return false
    const names = this.#entered.get(path.slice(0, path.length - name.length))
    return names?.some((pattern) => pattern.test(name)) === true
  }
}

function statOrNothing(stats: StatReader, path: string): FileStat | undefined {
  try {
    return stats.stat(path)
  } catch {
    return undefined
  }
}
