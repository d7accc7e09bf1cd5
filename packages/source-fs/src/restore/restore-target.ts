import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { assertKnownKeys } from '@tercet/interface'
import type { FileStat, Native } from '@tercet/native'
import type { Metadata } from '../metadata/interpret-metadata.ts'
import { createStatReader, entryTypeOf, type StatReader } from '../scan/stat-reader.ts'
import { hasErrno, type RestoreIssue } from '../source-error.ts'
import { conflictNames } from './conflict-names.ts'
import { MetadataWriter } from './metadata-writer.ts'
import { pathError, translateError } from './target-errors.ts'
import { fullPath, TargetFolders } from './target-folders.ts'
import { TargetLinks } from './target-links.ts'

export interface RestoreTargetOptions {
  /** The folder below which everything is written; made if it is missing. Links on the way to it are followed. */
  readonly root: string
  /** When the version was made: the date in the names of files that must not replace others. */
  readonly versionTime: Date
  /**
   * Restore owner and mode too; until then only this user may read a file or enter a folder. Otherwise both get the
   * mode of anything new: what the umask leaves of 0666 and 0777.
   *
   * @defaultValue false
   */
  readonly permissions?: boolean | undefined
  /** Exact times, extended attributes and safety against links made meanwhile; works without. */
  readonly native?: Native | undefined
  /** Bytes for the names of temporary files. @defaultValue node:crypto */
  readonly random?: ((size: number) => Uint8Array) | undefined
}

/** A file being written. `fd` is for `fs.writeSync` and `fs.readSync`; only the target closes it. */
export interface TargetFile {
  /** Where it will be, relative to the root. */
  readonly relative: string
  /** The same as a full path. */
  readonly path: string
  readonly fd: number
  readonly mode: WriteMode
  /** The name it has until it is finished, where that is another. */
  readonly temporaryName: string | undefined
}

/**
 * - `new` under its own name from the start, which must be free: for bytes that are verified before they are written
 * - `replace` under a temporary name beside, which takes the final name, and the place of a file there, when it is finished
 * - `add` the same, but nothing is replaced
 * - `patch` the existing file itself is changed
 */
export type WriteMode = 'new' | 'replace' | 'add' | 'patch'

const KEYS: readonly (keyof RestoreTargetOptions)[] = [
  'root',
  'versionTime',
  'permissions',
  'native',
  'random'
]

/**
 * The only way in which a restore writes to the file system. Paths are names joined by `/`, relative to the root, as a
 * target mapper makes them; a path that would leave the root is refused, and so is one with a link on its way. Nothing
 * that is not named is ever replaced, and a folder with something in it is never removed.
 *
 * Order of a restore: files, hard links, symbolic links, then the metadata of folders from the deepest up.
 *
 * @throws ConfigurationError `CONFIG_UNKNOWN_KEY`; what `fs.mkdirSync` throws when the root cannot be made
 */
export function createRestoreTarget(options: RestoreTargetOptions): RestoreTarget {
  assertKnownKeys(options, KEYS, 'A restore target')
  return new RestoreTarget(options)
}

export class RestoreTarget implements Disposable {
  readonly #folders: TargetFolders
  readonly #metadata: MetadataWriter
  readonly #links: TargetLinks
  readonly #stats: StatReader
  readonly #permissions: boolean
  readonly #versionTime: Date
  readonly #random: (size: number) => Uint8Array
  #issues: RestoreIssue[] = []

  constructor(options: RestoreTargetOptions) {
    this.#permissions = options.permissions ?? false
    this.#versionTime = options.versionTime
    this.#random = options.random ?? randomBytes
    this.#stats = createStatReader(options.native)
    this.#folders = new TargetFolders(options.root, this.#permissions ? 0o700 : 0o777, options.native?.posix)
    this.#metadata = new MetadataWriter(this.#permissions, options.native, (issue) =>
      this.#issues.push(issue)
    )
    this.#links = new TargetLinks(this.#folders, this.#metadata, () => this.#temporaryName())
  }

  /** What could not be restored since the last call, though its entry was. */
  takeIssues(): readonly RestoreIssue[] {
    const issues = this.#issues
    this.#issues = []
    return issues
  }

  /** What is at a path, links not followed; undefined if nothing is. Errors as {@link createFolder}. */
  lstat(relative: string): FileStat | undefined {
    try {
      const { folder, name } = this.#folders.place(relative, false)
      return folder.lstat(name)
    } catch (error) {
      if (hasErrno(error, 'ENOENT')) return undefined
      throw error
    }
  }

  /** The target of a symbolic link as raw bytes; undefined if there is none. Errors as {@link createFolder}. */
  readlink(relative: string): Uint8Array | undefined {
    try {
      const { folder, name } = this.#folders.place(relative, false)
      return folder.readlink(name)
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'EINVAL')) return undefined
      throw error
    }
  }

  /** Removes a file or link if there is one; never a folder. Errors as {@link createFolder}. */
  removeFile(relative: string): void {
    try {
      const { folder, name } = this.#folders.place(relative, false)
      folder.unlink(name)
    } catch (error) {
      if (!hasErrno(error, 'ENOENT')) throw error
    }
  }

  /** Free names beside a path that is taken; see `conflictNames`. */
  *conflictPaths(relative: string): Generator<string> {
    const cut = relative.lastIndexOf('/') + 1
    for (const name of conflictNames(relative.slice(cut), this.#versionTime))
      yield relative.slice(0, cut) + name
  }

  /**
   * Makes a folder, and those above it, if it is missing.
   *
   * @throws SourceError `RESTORE_PATH_INVALID`, `RESTORE_PATH_UNSAFE` for a link on the way, `RESTORE_CONFLICT` for a
   *   file in the way; other failures as `node:fs` throws them
   */
  createFolder(relative: string): void {
    this.#folders.folder(relative, true)
  }

  /** Opens an existing regular file for reading, such as to see which of its blocks are right already. */
  openExisting(relative: string): TargetFile {
    return this.#open(relative, constants.O_RDONLY)
  }

  /**
   * Starts a file.
   *
   * @throws SourceError as {@link createFolder}, and `RESTORE_CONFLICT` when the name is taken and must not be
   */
  createFile(relative: string, mode: WriteMode): TargetFile {
    if (mode === 'patch') return this.#open(relative, constants.O_RDWR)
    const place = this.#folders.place(relative, true)
    const temporaryName = mode === 'new' ? undefined : this.#temporaryName()
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL
    const permissions = this.#permissions ? 0o600 : 0o666
    try {
      const fd = place.folder.open(temporaryName ?? place.name, flags, permissions)
      return { relative, path: fullPath(place), fd, mode, temporaryName }
    } catch (error) {
      throw translateError(fullPath(place), error)
    }
  }

  /**
   * Applies metadata, gives the file its final name and closes it. When it throws, the file is discarded.
   *
   * @throws SourceError `RESTORE_CONFLICT` when the final name was taken meanwhile
   */
  finishFile(file: TargetFile, metadata: Metadata | undefined): void {
    const { relative, path, fd, mode, temporaryName } = file
    try {
      const { folder, name } = this.#folders.place(relative, false)
      if (metadata !== undefined) this.#metadata.writeToFd(folder, path, fd, this.#stats.fstat(fd), metadata)
      if (temporaryName !== undefined) {
        if (mode === 'replace') folder.rename(temporaryName, name)
        else {
          folder.link(folder, temporaryName, name)
          folder.unlink(temporaryName)
        }
      }
    } catch (error) {
      this.discardFile(file)
      throw translateError(path, error)
    }
    this.closeFile(file)
  }

  /** Closes a file and removes what was written of it, except of an existing file that was only opened. */
  discardFile(file: TargetFile): void {
    this.closeFile(file)
    if (file.mode === 'patch') return
    const { folder, name } = this.#folders.place(file.relative, false)
    folder.unlink(file.temporaryName ?? name)
  }

  /** Closes a file from {@link openExisting}. */
  closeFile(file: TargetFile): void {
    this.#folders.folder('', false).close(file.fd)
  }

  /**
   * Makes a second name for a file that was restored before. False: this file system cannot; write a copy then.
   *
   * @param replace whether a file of that name may be replaced
   * @throws SourceError as {@link createFile}
   */
  createHardLink(relative: string, existing: string, replace: boolean): boolean {
    return this.#links.createHardLink(relative, existing, replace)
  }

  /**
   * Makes a symbolic link as it was, wherever it leads, with its own time. To be called when all files are restored.
   *
   * @param replace whether a file, link or empty folder of that name may be replaced
   * @throws SourceError as {@link createFile}
   */
  createSymlink(relative: string, metadata: Metadata, replace: boolean): void {
    this.#links.createSymlink(relative, metadata, replace)
  }

  /** Of a folder or file that is there, such as a file whose content was right already; '' is the root. */
  applyMetadata(relative: string, metadata: Metadata): void {
    const isRoot = relative === ''
    const { folder, name } = isRoot
      ? { folder: this.#folders.folder('', false), name: '.' }
      : this.#folders.place(relative, false)
    const path = isRoot ? folder.path : fullPath({ folder, name })
    const fd = folder.open(name, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      this.#metadata.writeToFd(folder, path, fd, this.#stats.fstat(fd), metadata)
    } finally {
      folder.close(fd)
    }
  }

  /** Sets extended attributes that had to wait; see {@link takeIssues} afterwards. Once per batch of files. */
  flush(): void {
    this.#metadata.flush()
  }

  /** Flushes, and closes the folders that are held open. */
  [Symbol.dispose](): void {
    this.flush()
    this.#folders.release()
  }

  #open(relative: string, flags: number): TargetFile {
    const place = this.#folders.place(relative, false)
    const stat = place.folder.lstat(place.name)
    if (stat !== undefined && entryTypeOf(stat) !== 'file') {
      throw pathError('RESTORE_CONFLICT', fullPath(place), 'is not a file')
    }
    const fd = place.folder.open(place.name, flags)
    return { relative, path: fullPath(place), fd, mode: 'patch', temporaryName: undefined }
  }

  #temporaryName(): string {
    return `.tercet-${Buffer.from(this.#random(8)).toString('hex')}.tmp`
  }
}
