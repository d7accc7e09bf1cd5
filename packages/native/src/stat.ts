import type { Binder } from './bind.ts'
import type { SystemName } from './system-error.ts'

/**
 * What `lstat` knows, as plain numbers: Node's own `Stats` either rounds times to a quarter of a microsecond or makes
 * eighteen bigints per file.
 */
export interface FileStat {
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly nlink: number
  readonly size: number
  readonly mtimeSeconds: number
  readonly mtimeNanoseconds: number
  readonly ctimeSeconds: number
  readonly ctimeNanoseconds: number
  /** The 64-bit inode number in two halves, since a double does not hold it. */
  readonly inodeHigh: number
  readonly inodeLow: number
  /** Comparable within one run only: device numbers may change with each mount. */
  readonly device: number
}

export interface StatCalls {
  /** Of the entry itself when it is a symbolic link. */
  lstat(path: SystemName): FileStat
  /** Of what the path leads to. */
  stat(path: SystemName): FileStat
  /** Of the entry `name` of the folder that `folder` has open, never followed. */
  lstatAt(folder: number, name: SystemName): FileStat
  fstat(fd: number): FileStat
  /** Birth time of the entry itself in seconds and nanoseconds, or undefined where the file system has none. */
  birthTime(path: SystemName): { readonly seconds: number; readonly nanoseconds: number } | undefined
}

const AT_FDCWD = -100
const AT_SYMLINK_NOFOLLOW = 0x100
const AT_EMPTY_PATH = 0x1000
const STATX_BASIC_STATS = 0x7ff
const STATX_BTIME = 0x800

/** Word offsets in `struct statx` of Linux. */
const MASK = 0
const NLINK = 4
const UID = 5
const GID = 6
const MODE = 7
const INODE = 8
const SIZE = 10
const BTIME = 20
const CTIME = 24
const MTIME = 28
const DEVICE_MAJOR = 34
const DEVICE_MINOR = 35
const TWO_32 = 0x1_0000_0000

/** `statx` of Linux, through one buffer. */
export function bindStat(binder: Binder): StatCalls {
  const statx = binder.call<[number, SystemName, number, number, Uint8Array]>('statx', [
    'int',
    'path',
    'int',
    'uint',
    'void *'
  ])
  const words = new Uint32Array(64)
  const signed = new Int32Array(words.buffer)
  const bytes = new Uint8Array(words.buffer)

  const seconds = (at: number) => signed[at + 1]! * TWO_32 + words[at]!
  function read(folder: number, name: SystemName, flags: number): FileStat {
    statx(folder, name, flags, STATX_BASIC_STATS, bytes)
    return {
      mode: words[MODE]! & 0xffff,
      uid: words[UID]!,
      gid: words[GID]!,
      nlink: words[NLINK]!,
      size: words[SIZE + 1]! * TWO_32 + words[SIZE]!,
      mtimeSeconds: seconds(MTIME),
      mtimeNanoseconds: words[MTIME + 2]!,
      ctimeSeconds: seconds(CTIME),
      ctimeNanoseconds: words[CTIME + 2]!,
      inodeHigh: words[INODE + 1]!,
      inodeLow: words[INODE]!,
      device: deviceNumber(words[DEVICE_MAJOR]!, words[DEVICE_MINOR]!)
    }
  }

  return {
    lstat: (path) => read(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW),
    stat: (path) => read(AT_FDCWD, path, 0),
    lstatAt: (folder, name) => read(folder, name, AT_SYMLINK_NOFOLLOW),
    fstat: (fd) => read(fd, '', AT_EMPTY_PATH),
    birthTime(path) {
      statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_BTIME, bytes)
      if ((words[MASK]! & STATX_BTIME) === 0) return undefined
      return { seconds: seconds(BTIME), nanoseconds: words[BTIME + 2]! }
    }
  }
}

/** The number that `stat` gives for this pair, so that both ways of looking agree on what a device is. */
function deviceNumber(major: number, minor: number): number {
  const low = (((major & 0xfff) << 8) | (minor & 0xff) | ((minor & 0xfff00) << 12)) >>> 0
  const high = ((major & 0xfffff000) | (minor >>> 20)) >>> 0
  return high * TWO_32 + low
}
