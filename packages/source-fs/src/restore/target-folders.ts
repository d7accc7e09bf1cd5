import type { Posix } from '@tercet/native'
import { hasErrno, type SourceError } from '../source-error.ts'
import { type FolderHandle, openRoot } from './folder-handle.ts'
import { pathError } from './target-errors.ts'

/** Folders held open at once, besides the root. */
const MAX_OPEN = 128

/** An entry of the target: its folder, and its name there. */
export interface Place {
  readonly folder: FolderHandle
  readonly name: string
}

export function fullPath({ folder, name }: Place): string {
  return folder.path.endsWith('/') ? folder.path + name : `${folder.path}/${name}`
}

/**
 * Finds the way to folders below one root: one part after another, never through a link. Recently used folders stay
 * open, since restored files come in the order of their folders.
 */
export class TargetFolders {
  readonly #root: FolderHandle
  readonly #newFolderMode: number
  readonly #open = new Map<string, FolderHandle>()

  /**
   * Makes the root and the folders above it where they are missing.
   *
   * @param newFolderMode of the folders that are made below it, before the umask
   * @throws SourceError `RESTORE_TARGET_UNUSABLE`
   */
  constructor(root: string, newFolderMode: number, posix: Posix | undefined) {
    this.#newFolderMode = newFolderMode
    this.#root = openRoot(root, posix)
  }

  get rootPath(): string {
    return this.#root.path
  }

  /**
   * The folder and the last part of a relative path, for use at once: a later call may close the
   * folder. Missing folders on the way are made if `create` says so.
   *
   * @throws SourceError `RESTORE_PATH_UNSAFE`, `RESTORE_CONFLICT`, `RESTORE_PATH_INVALID`
   */
  place(relative: string, create: boolean): Place {
    const parts = split(relative)
    const name = parts.pop()
    if (name === undefined)
      throw pathError('RESTORE_PATH_INVALID', this.#root.path, 'is the folder to restore to')
    return { folder: this.folder(parts.join('/'), create), name }
  }

  /** The folder at a relative path; '' is the root. Errors as for {@link place}; `ENOENT` if it is not to be made. */
  folder(relative: string, create: boolean): FolderHandle {
    if (relative === '') return this.#root
    const known = this.#open.get(relative)
    if (known !== undefined) {
      this.#open.delete(relative)
      this.#open.set(relative, known)
      return known
    }
    const parts = split(relative)
    const name = parts.pop()!
    const folder = this.#enter(this.folder(parts.join('/'), create), name, create)
    this.#open.set(relative, folder)
    this.#evict()
    return folder
  }

  /** Closes all folders. */
  release(): void {
    for (const folder of this.#open.values()) folder.release()
    this.#open.clear()
    this.#root.release()
  }

  /** Closes the folder at a full path, before it is removed. */
  forget(path: string): void {
    for (const [relative, folder] of this.#open) {
      if (folder.path !== path) continue
      this.#open.delete(relative)
      folder.release()
    }
  }

  #enter(above: FolderHandle, name: string, create: boolean): FolderHandle {
    for (let attempt = 0; ; attempt++) {
      try {
        return above.child(name)
      } catch (error) {
        const path = `${above.path}/${name}`
        if (hasErrno(error, 'ENOENT') && create && attempt === 0) makeFolder(above, name, this.#newFolderMode)
        else if (hasErrno(error, 'ENOTDIR', 'ELOOP')) throw this.#inTheWay(above, name, error)
        else if (hasErrno(error, 'ENAMETOOLONG')) {
          throw pathError('RESTORE_PATH_INVALID', path, 'is too long for this system', error)
        } else throw error
      }
    }
  }

  #inTheWay(above: FolderHandle, name: string, cause: unknown): SourceError {
    const path = `${above.path}/${name}`
    const stat = above.lstat(name)
    return stat !== undefined && (stat.mode & 0o170000) === 0o120000
      ? pathError('RESTORE_PATH_UNSAFE', path, 'is a link, and a restore does not write through links', cause)
      : pathError('RESTORE_CONFLICT', path, 'is a file where a folder is needed', cause)
  }

  #evict(): void {
    if (this.#open.size <= MAX_OPEN) return
    const [oldest] = this.#open
    this.#open.delete(oldest![0])
    oldest![1].release()
  }
}

function makeFolder(above: FolderHandle, name: string, mode: number): void {
  try {
    above.mkdir(name, mode)
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error
  }
}

/** The parts of a path that the mapper made; anything else is a mistake of the caller. */
function split(relative: string): string[] {
  if (relative === '') return []
  const parts = relative.split('/')
  for (const part of parts) {
    if (part === '' || part === '.' || part === '..' || part.includes('\0')) {
      throw pathError(
        'RESTORE_PATH_INVALID',
        JSON.stringify(relative),
        'does not stay in the folder to restore to'
      )
    }
  }
  return parts
}
