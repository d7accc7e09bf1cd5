import { constants } from 'node:fs'
import type { Binder } from './bind.ts'
import { type SystemName, systemError } from './system-error.ts'

/**
 * Calls that name an entry relative to an open folder. A caller that walks down one component at a time with
 * `O_NOFOLLOW` cannot be led elsewhere by a link, not even by one that somebody makes at that moment.
 */
export interface FolderCalls {
  /** The folder argument that stands for the working directory; with it, absolute paths work too. */
  readonly workingFolder: number
  /** Close-on-exec. The result is closed with `close`, not with `fs.closeSync`, which does not know it. */
  openAt(folder: number, name: SystemName, flags: number, mode?: number): number
  /** Opens the folder `name`, refusing a symbolic link (`ENOTDIR` or `ELOOP`). */
  openFolderAt(folder: number, name: SystemName): number
  close(fd: number): void
  mkdirAt(folder: number, name: SystemName, mode: number): void
  symlinkAt(target: SystemName, folder: number, name: SystemName): void
  /** A second name for the same file; a symbolic link is linked itself, not what it leads to. */
  linkAt(fromFolder: number, from: SystemName, toFolder: number, to: SystemName): void
  /** Replaces `to` if it is there. */
  renameAt(fromFolder: number, from: SystemName, toFolder: number, to: SystemName): void
  unlinkAt(folder: number, name: SystemName): void
  /** Fails with `ENOTEMPTY` rather than remove what is inside. */
  rmdirAt(folder: number, name: SystemName): void
  /** Raw bytes of a link's target. */
  readlinkAt(folder: number, name: SystemName): Uint8Array
  /** Owner of the entry itself; -1 leaves that half alone. */
  chownAt(folder: number, name: SystemName, uid: number, gid: number): void
}

const isMac = process.platform === 'darwin'
const AT_FDCWD = isMac ? -2 : -100
const AT_SYMLINK_NOFOLLOW = isMac ? 0x20 : 0x100
const AT_REMOVEDIR = isMac ? 0x80 : 0x200
const O_CLOEXEC = isMac ? 0x1000000 : 0o2000000
const MAX_TARGET_BYTES = 1 << 16

export function bindFolderCalls(binder: Binder): FolderCalls {
  const openat = bindOpenat(binder)
  const close = binder.call<[number]>('close', ['int'])
  const mkdirat = binder.call<[number, SystemName, number]>('mkdirat', ['int', 'path', 'uint'])
  const symlinkat = binder.call<[SystemName, number, SystemName]>('symlinkat', ['path', 'int', 'path'])
  const pair = ['int', 'path', 'int', 'path']
  const linkat = binder.call<[number, SystemName, number, SystemName, number]>('linkat', [...pair, 'int'])
  const renameat = binder.call<[number, SystemName, number, SystemName]>('renameat', pair)
  const unlinkat = binder.call<[number, SystemName, number]>('unlinkat', ['int', 'path', 'int'])
  const readlinkat = binder.call<[number, SystemName, Uint8Array, number]>(
    'readlinkat',
    ['int', 'path', 'void *', 'size_t'],
    'intptr_t'
  )
  const fchownat = binder.call<[number, SystemName, number, number, number]>('fchownat', [
    'int',
    'path',
    'int',
    'int',
    'int'
  ])

  return {
    workingFolder: AT_FDCWD,
    openAt: (folder, name, flags, mode = 0) => openat(folder, name, flags | O_CLOEXEC, mode),
    openFolderAt: (folder, name) =>
      openat(folder, name, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW | O_CLOEXEC, 0),
    close: (fd) => void close(fd),
    mkdirAt: (folder, name, mode) => void mkdirat(folder, name, mode),
    symlinkAt: (target, folder, name) => void symlinkat(target, folder, name),
    linkAt: (fromFolder, from, toFolder, to) => void linkat(fromFolder, from, toFolder, to, 0),
    renameAt: (fromFolder, from, toFolder, to) => void renameat(fromFolder, from, toFolder, to),
    unlinkAt: (folder, name) => void unlinkat(folder, name, 0),
    rmdirAt: (folder, name) => void unlinkat(folder, name, AT_REMOVEDIR),
    readlinkAt(folder, name) {
      for (let capacity = 4096; capacity <= MAX_TARGET_BYTES; capacity *= 4) {
        const target = new Uint8Array(capacity)
        const size = readlinkat(folder, name, target, capacity)
        if (size < capacity) return target.slice(0, size)
      }
      throw systemError(36, 'readlinkat', name)
    },
    chownAt: (folder, name, uid, gid) => void fchownat(folder, name, uid | 0, gid | 0, AT_SYMLINK_NOFOLLOW)
  }
}

type Openat = (folder: number, name: SystemName, flags: number, mode: number) => number

/** The mode is a variadic argument of `openat`, which on ARM Macs travels on the stack instead of in a register. */
function bindOpenat(binder: Binder): Openat {
  if (!isMac) return binder.call('openat', ['int', 'path', 'int', 'uint'])
  const openat = binder.call<[number, SystemName, number, string, number]>('openat', [
    'int',
    'path',
    'int',
    '...'
  ])
  return (folder, name, flags, mode) => openat(folder, name, flags, 'uint', mode)
}
