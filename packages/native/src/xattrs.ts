import { constants } from 'node:os'
import type { Binder } from './bind.ts'
import { type SystemName, systemError } from './system-error.ts'

/**
 * Extended attributes, of a path (a link is never followed) or of an open file. A file system without attributes has
 * none: that is no failure when reading, and `ENOTSUP` when writing.
 */
export interface XattrCalls {
  /** Names in the order of the system. */
  list(file: SystemName | number): readonly string[]
  /** A copy of the value; undefined when there is no such attribute. */
  get(file: SystemName | number, name: string): Uint8Array | undefined
  set(file: SystemName | number, name: string, value: Uint8Array): void
  /** No failure when there is no such attribute. */
  remove(file: SystemName | number, name: string): void
}

const NONE: readonly string[] = Object.freeze([])
/** Linux allows lists and values of 64 KiB; some file systems of other systems more. */
const MAX_BYTES = 1 << 24

const { ERANGE, ENOTSUP, EOPNOTSUPP, ENODATA } = constants.errno
/** "No such attribute" of macOS, which Node does not list. */
const ENOATTR = 93
const ABSENT: ReadonlySet<number> = new Set([
  ENOTSUP,
  EOPNOTSUPP,
  process.platform === 'darwin' ? ENOATTR : ENODATA
])

/** The four calls in the shape of Linux. Each answers a failure with its negative error number. */
interface RawXattrs<Target> {
  list(target: Target, buffer: Uint8Array, size: number): number
  get(target: Target, name: string, buffer: Uint8Array, size: number): number
  set(target: Target, name: string, value: Uint8Array, size: number): number
  remove(target: Target, name: string): number
}

export function bindXattrs(binder: Binder): XattrCalls {
  const bind = process.platform === 'darwin' ? bindMac : bindLinux
  const byPath = bind<SystemName>(binder, 'path')
  const byFd = bind<number>(binder, 'int')
  const calls = <Target extends SystemName | number>(file: Target) =>
    (typeof file === 'number' ? byFd : byPath) as RawXattrs<Target>
  let buffer = new Uint8Array(4096)

  /** False: the kept buffer was too small, and is larger now. */
  function fits(answer: number): boolean {
    if (answer !== -ERANGE || buffer.length >= MAX_BYTES) return true
    buffer = new Uint8Array(buffer.length * 4)
    return false
  }

  return {
    list(file) {
      const { list } = calls(file)
      let size = list(file, buffer, buffer.length)
      while (!fits(size)) size = list(file, buffer, buffer.length)
      if (size === 0 || ABSENT.has(-size)) return NONE
      if (size < 0) throw failure(size, 'listxattr', file)
      return Buffer.from(buffer.buffer, 0, size - 1)
        .toString()
        .split('\0')
    },
    get(file, name) {
      const { get } = calls(file)
      let size = get(file, name, buffer, buffer.length)
      while (!fits(size)) size = get(file, name, buffer, buffer.length)
      if (ABSENT.has(-size)) return undefined
      if (size < 0) throw failure(size, 'getxattr', file)
      return buffer.slice(0, size)
    },
    set(file, name, value) {
      const answer = calls(file).set(file, name, value, value.length)
      if (answer < 0) throw failure(answer, 'setxattr', file)
    },
    remove(file, name) {
      const answer = calls(file).remove(file, name)
      if (answer < 0 && !ABSENT.has(-answer)) throw failure(answer, 'removexattr', file)
    }
  }
}

function failure(answer: number, syscall: string, file: SystemName | number) {
  return systemError(-answer, syscall, typeof file === 'number' ? undefined : file)
}

function bindLinux<Target>(binder: Binder, target: 'path' | 'int'): RawXattrs<Target> {
  const prefix = target === 'path' ? 'l' : 'f'
  const value = [target, 'str', 'void *', 'size_t']
  const set = binder.answer<[Target, string, Uint8Array, number, number]>(
    `${prefix}setxattr`,
    [...value, 'int'],
    'int'
  )
  return {
    list: binder.answer(`${prefix}listxattr`, [target, 'void *', 'size_t'], 'intptr_t'),
    get: binder.answer(`${prefix}getxattr`, value, 'intptr_t'),
    set: (file, name, bytes, size) => set(file, name, bytes, size, 0),
    remove: binder.answer(`${prefix}removexattr`, [target, 'str'], 'int')
  }
}

type MacValueArgs<Target> = [Target, string, Uint8Array, number, number, number]

function bindMac<Target>(binder: Binder, target: 'path' | 'int'): RawXattrs<Target> {
  const prefix = target === 'path' ? '' : 'f'
  /** `XATTR_NOFOLLOW`; an open file has nothing to follow. */
  const options = target === 'path' ? 1 : 0
  const value = [target, 'str', 'void *', 'size_t', 'uint32_t', 'int']
  const listTypes = [target, 'void *', 'size_t', 'int']
  const list = binder.answer<[Target, Uint8Array, number, number]>(
    `${prefix}listxattr`,
    listTypes,
    'intptr_t'
  )
  const get = binder.answer<MacValueArgs<Target>>(`${prefix}getxattr`, value, 'intptr_t')
  const set = binder.answer<MacValueArgs<Target>>(`${prefix}setxattr`, value, 'int')
  const remove = binder.answer<[Target, string, number]>(
    `${prefix}removexattr`,
    [target, 'str', 'int'],
    'int'
  )
  return {
    list: (file, buffer, size) => list(file, buffer, size, options),
    get: (file, name, buffer, size) => get(file, name, buffer, size, 0, options),
    set: (file, name, bytes, size) => set(file, name, bytes, size, 0, options),
    remove: (file, name) => remove(file, name, options)
  }
}
