import { type BigIntStats, constants, fstatSync, lstatSync, statSync } from 'node:fs'
import type { FileStat, Native, Posix } from '@tercet/native'

export type EntryType = 'file' | 'folder' | 'symlink'

/** Looks at files exactly: times to the nanosecond, inodes with all their bits. Failures throw as `node:fs` does. */
export interface StatReader {
  /**
   * Looks at entries of one folder by their names, which spares the system the way to the folder each time. Undefined
   * where that cannot be done.
   */
  openFolder?(path: string): FolderStats | undefined
  /** Of a link itself. */
  lstat(path: string): FileStat
  /** Of what a link leads to. */
  stat(path: string): FileStat
  fstat(fd: number): FileStat
}

export interface FolderStats extends Disposable {
  lstat(name: string): FileStat
}

/** Through `statx` where that is there, which makes one small object a file, else through `node:fs`. */
export function createStatReader(native: Native | undefined): StatReader {
  const posix = native?.posix
  const stat = posix?.stat
  if (posix === undefined || stat === undefined) return NODE_STAT_READER
  return {
    lstat: stat.lstat,
    stat: stat.stat,
    fstat: stat.fstat,
    openFolder: (path) => openFolder(posix, path)
  }
}

function openFolder(posix: Posix, path: string): FolderStats | undefined {
  let folder: number
  try {
    folder = posix.openFolderAt(posix.workingFolder, path)
  } catch {
    return undefined
  }
  return {
    lstat: (name) => posix.stat!.lstatAt(folder, name),
    [Symbol.dispose]: () => posix.close(folder)
  }
}

/** Undefined: a device, FIFO or socket. */
export function entryTypeOf(stat: FileStat): EntryType | undefined {
  switch (stat.mode & constants.S_IFMT) {
    case constants.S_IFREG:
      return 'file'
    case constants.S_IFDIR:
      return 'folder'
    case constants.S_IFLNK:
      return 'symlink'
    default:
      return undefined
  }
}

const EXACT = { bigint: true } as const
const NODE_STAT_READER: StatReader = {
  lstat: (path) => fromNode(lstatSync(path, EXACT)),
  stat: (path) => fromNode(statSync(path, EXACT)),
  fstat: (fd) => fromNode(fstatSync(fd, EXACT))
}

const SECOND = 1_000_000_000n

function fromNode(stats: BigIntStats): FileStat {
  const mtimeNanoseconds = remainder(stats.mtimeNs)
  const ctimeNanoseconds = remainder(stats.ctimeNs)
  return {
    mode: Number(stats.mode),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    nlink: Number(stats.nlink),
    size: Number(stats.size),
    mtimeSeconds: Number((stats.mtimeNs - BigInt(mtimeNanoseconds)) / SECOND),
    mtimeNanoseconds,
    ctimeSeconds: Number((stats.ctimeNs - BigInt(ctimeNanoseconds)) / SECOND),
    ctimeNanoseconds,
    inodeHigh: Number((stats.ino >> 32n) & 0xffffffffn),
    inodeLow: Number(stats.ino & 0xffffffffn),
    device: Number(stats.dev)
  }
}

/** Nanoseconds after the full second, also before 1970. */
function remainder(nanoseconds: bigint): number {
  const rest = Number(nanoseconds % SECOND)
  return rest < 0 ? rest + 1_000_000_000 : rest
}
