import { parseStoredPath } from './stored-path.ts'

/** Finds the largest folder that holds all of a stream of stored paths. */
export class CommonFolder {
  #prefix: string | undefined
  #shortest: string | undefined

  add(path: string): void {
    if (this.#shortest === undefined || path.length < this.#shortest.length) this.#shortest = path
    this.#prefix = this.#prefix === undefined ? folderOf(path) : commonStart(this.#prefix, path)
  }

  /** With its trailing separator; '' when there is none, such as for two drives; undefined before the first path. */
  get prefix(): string | undefined {
    const prefix = this.#prefix
    return prefix === undefined || parseStoredPath(prefix) !== undefined ? prefix : ''
  }

  /** Whether the folder itself was one of the paths. */
  get isMember(): boolean {
    return this.#shortest !== undefined && this.#shortest === this.prefix
  }
}

/**
 * What is taken off the selected paths when they are restored elsewhere: the folder they share. If that folder itself
 * was selected out of a version with more than it, its own name stays.
 *
 * @param version the folder that all paths of the version share
 */
export function restorePrefix(selected: CommonFolder, version: CommonFolder): string {
  const prefix = selected.prefix ?? ''
  if (!selected.isMember || prefix === version.prefix) return prefix
  return folderOf(prefix.slice(0, -1))
}

/** Up to and including the last separator; a backslash is one only in paths of Windows. */
function folderOf(path: string): string {
  const slash = path.lastIndexOf('/')
  return path.slice(0, (path.startsWith('/') ? slash : Math.max(slash, path.lastIndexOf('\\'))) + 1)
}

function commonStart(prefix: string, path: string): string {
  if (path.startsWith(prefix)) return prefix
  let length = 0
  while (length < path.length && prefix[length] === path[length]) length++
  return folderOf(prefix.slice(0, length))
}
