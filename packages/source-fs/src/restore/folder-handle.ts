import fs, { constants } from 'node:fs'
import { dirname } from 'node:path'
import type { FileStat, Posix } from '@tercet/native'
import { createStatReader, type StatReader } from '../scan/stat-reader.ts'
import { hasErrno, SourceError } from '../source-error.ts'
import { doubleTime } from './double-time.ts'

/**
 * One folder below the root of a restore, and what is done in it. Names are single parts, never paths, and no call
 * follows a link that is the last part.
 */
export interface FolderHandle {
  /** Full path, for messages and for programs. */
  readonly path: string
  /** A path to an entry for calls that take only paths; as safe as the handle is. */
  pathOf(name: string): string
  /** Undefined: there is no such entry, and maybe cannot be. */
  lstat(name: string): FileStat | undefined
  /** The target of a link as raw bytes. */
  readlink(name: string): Uint8Array
  open(name: string, flags: number, mode?: number): number
  /** Closes what `open` gave. */
  close(fd: number): void
  mkdir(name: string, mode: number): void
  rmdir(name: string): void
  unlink(name: string): void
  rename(from: string, to: string): void
  symlink(target: string | Uint8Array, name: string): void
  /** A second name for `fromName` in `from`. */
  link(from: FolderHandle, fromName: string, name: string): void
  /** Owner of a link or folder itself. */
  lchown(name: string, uid: number, gid: number): void
  /** Modification time of a link or folder itself. */
  setTime(name: string, seconds: number, nanoseconds: number): void
  setFileTime(fd: number, seconds: number, nanoseconds: number): void
  /** Opens a folder in it, refusing a link (`ENOTDIR`, `ELOOP`). */
  child(name: string): FolderHandle
  /** Frees what the handle holds. */
  release(): void
}

/**
 * Opens the root, made where it is missing with the folders above it. It may be reached through links: somebody chose it.
 *
 * @throws SourceError `RESTORE_TARGET_UNUSABLE`
 */
export function openRoot(path: string, posix: Posix | undefined): FolderHandle {
  try {
    makeFolders(path)
    return open(path, posix)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (typeof code !== 'string') throw error
    throw new SourceError(
      'RESTORE_TARGET_UNUSABLE',
      `Cannot restore to ${path}: ${reasonOf(error as Error)}`,
      {
        cause: error,
        context: { path, reason: code }
      }
    )
  }
}

/** One by one, because a recursive call reports a read-only disk as a missing folder. */
function makeFolders(path: string): void {
  const stats = fs.statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory()) return
  if (stats !== undefined) throw Object.assign(new Error(`ENOTDIR: ${path}`), { code: 'ENOTDIR' })
  const above = dirname(path)
  if (above !== path) makeFolders(above)
  try {
    fs.mkdirSync(path)
  } catch (error) {
    if (!hasErrno(error, 'EEXIST')) throw error
  }
}

function reasonOf(error: Error): string {
  if (hasErrno(error, 'ENOTDIR', 'EEXIST')) return 'it is not a folder'
  if (hasErrno(error, 'EACCES', 'EPERM')) return 'permission is denied'
  if (hasErrno(error, 'EROFS')) return 'the file system is mounted read-only'
  if (hasErrno(error, 'ENOSPC', 'EDQUOT')) return 'no space is left'
  return error.message
}

function open(path: string, posix: Posix | undefined): FolderHandle {
  if (posix === undefined) return new PathFolder(fs.realpathSync(path))
  const flags = constants.O_RDONLY | constants.O_DIRECTORY
  return new OpenFolder(posix, posix.openAt(posix.workingFolder, path, flags), path)
}

function join(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

/** Through a descriptor of the folder: whatever happens to the path meanwhile, this stays the folder. */
class OpenFolder implements FolderHandle {
  readonly path: string
  readonly #posix: Posix
  #fd: number

  constructor(posix: Posix, fd: number, path: string) {
    this.#posix = posix
    this.#fd = fd
    this.path = path
  }

  pathOf(name: string): string {
    return process.platform === 'linux' ? `/proc/self/fd/${this.#fd}/${name}` : join(this.path, name)
  }
  lstat(name: string): FileStat | undefined {
    try {
      const { stat } = this.#posix
      return stat === undefined ? NODE_STATS.lstat(join(this.path, name)) : stat.lstatAt(this.#fd, name)
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENAMETOOLONG')) return undefined
      throw error
    }
  }
  readlink(name: string): Uint8Array {
    return this.#posix.readlinkAt(this.#fd, name)
  }
  open(name: string, flags: number, mode = 0): number {
    return this.#posix.openAt(this.#fd, name, flags | constants.O_NOFOLLOW, mode)
  }
  close(fd: number): void {
    this.#posix.close(fd)
  }
  mkdir(name: string, mode: number): void {
    this.#posix.mkdirAt(this.#fd, name, mode)
  }
  rmdir(name: string): void {
    this.#posix.rmdirAt(this.#fd, name)
  }
  unlink(name: string): void {
    this.#posix.unlinkAt(this.#fd, name)
  }
  rename(from: string, to: string): void {
    this.#posix.renameAt(this.#fd, from, this.#fd, to)
  }
  symlink(target: string | Uint8Array, name: string): void {
    this.#posix.symlinkAt(target, this.#fd, name)
  }
  link(from: FolderHandle, fromName: string, name: string): void {
    this.#posix.linkAt((from as OpenFolder).#fd, fromName, this.#fd, name)
  }
  lchown(name: string, uid: number, gid: number): void {
    this.#posix.chownAt(this.#fd, name, uid, gid)
  }
  setTime(name: string, seconds: number, nanoseconds: number): void {
    this.#posix.setTimeAt(this.#fd, name, seconds, nanoseconds)
  }
  setFileTime(fd: number, seconds: number, nanoseconds: number): void {
    this.#posix.setTime(fd, seconds, nanoseconds)
  }
  child(name: string): FolderHandle {
    return new OpenFolder(this.#posix, this.#posix.openFolderAt(this.#fd, name), join(this.path, name))
  }
  release(): void {
    this.#posix.close(this.#fd)
    // A use after this fails, instead of reaching whatever gets the number next.
    this.#fd = -1
  }
}

const NODE_STATS: StatReader = createStatReader(undefined)

/**
 * By path, each part of which was looked at before. Somebody who replaces a folder by a link between the look and the
 * use can still mislead it; only the native calls exclude that.
 */
class PathFolder implements FolderHandle {
  readonly path: string

  constructor(path: string) {
    this.path = path
  }

  pathOf(name: string): string {
    return join(this.path, name)
  }
  lstat(name: string): FileStat | undefined {
    try {
      return NODE_STATS.lstat(join(this.path, name))
    } catch (error) {
      if (hasErrno(error, 'ENOENT', 'ENAMETOOLONG')) return undefined
      throw error
    }
  }
  readlink(name: string): Uint8Array {
    return fs.readlinkSync(join(this.path, name), { encoding: 'buffer' })
  }
  open(name: string, flags: number, mode = 0): number {
    return fs.openSync(join(this.path, name), flags | (constants.O_NOFOLLOW ?? 0), mode)
  }
  close(fd: number): void {
    fs.closeSync(fd)
  }
  mkdir(name: string, mode: number): void {
    fs.mkdirSync(join(this.path, name), { mode })
  }
  rmdir(name: string): void {
    fs.rmdirSync(join(this.path, name))
  }
  unlink(name: string): void {
    fs.unlinkSync(join(this.path, name))
  }
  rename(from: string, to: string): void {
    fs.renameSync(join(this.path, from), join(this.path, to))
  }
  symlink(target: string | Uint8Array, name: string): void {
    fs.symlinkSync(typeof target === 'string' ? target : Buffer.from(target), join(this.path, name))
  }
  link(from: FolderHandle, fromName: string, name: string): void {
    fs.linkSync(join(from.path, fromName), join(this.path, name))
  }
  lchown(name: string, uid: number, gid: number): void {
    fs.lchownSync(join(this.path, name), uid, gid)
  }
  setTime(name: string, seconds: number, nanoseconds: number): void {
    const time = doubleTime(seconds, nanoseconds)
    fs.lutimesSync(join(this.path, name), time, time)
  }
  setFileTime(fd: number, seconds: number, nanoseconds: number): void {
    const time = doubleTime(seconds, nanoseconds)
    fs.futimesSync(fd, time, time)
  }
  child(name: string): FolderHandle {
    const path = join(this.path, name)
    const stats = fs.lstatSync(path)
    if (!stats.isDirectory()) throw Object.assign(new Error(`ENOTDIR: ${path}`), { code: 'ENOTDIR' })
    return new PathFolder(path)
  }
  release(): void {}
}
