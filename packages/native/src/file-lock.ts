import { closeSync, openSync } from 'node:fs'
import type { Binder } from './bind.ts'
import { NativeError } from './native-error.ts'
import type { Posix } from './posix.ts'
import type { SystemError } from './system-error.ts'

export interface FileLockCalls {
  /** False when another process (or another descriptor of this one) has the file locked. */
  tryLock(fd: number): boolean
}

const LOCK_EXCLUSIVE = 2
const LOCK_NO_WAIT = 4

export function bindFileLock(binder: Binder): FileLockCalls {
  const flock = binder.call<[number, number]>('flock', ['int', 'int'])
  return {
    tryLock(fd) {
      try {
        flock(fd, LOCK_EXCLUSIVE | LOCK_NO_WAIT)
        return true
      } catch (error) {
        if ((error as SystemError).code === 'EAGAIN' || (error as SystemError).code === 'EWOULDBLOCK')
          return false
        throw error
      }
    }
  }
}

/** Held until it is disposed or the process ends, however it ends. */
export interface FileLock extends Disposable {
  readonly path: string
}

/**
 * Locks a file against every other `lockFile` of the same path, in this process and in others. The file is made when
 * it is missing and stays behind: to remove it would let two processes lock two files of that name.
 *
 * @throws NativeError `NATIVE_LOCKED` when it is locked already; what `fs.openSync` throws when it cannot be opened
 */
export function lockFile(posix: Posix, path: string): FileLock {
  const fd = openSync(path, 'a', 0o600)
  let locked = false
  try {
    locked = posix.tryLock(fd)
  } finally {
    if (!locked) closeSync(fd)
  }
  if (!locked)
    throw new NativeError('NATIVE_LOCKED', `${path} is locked by another process`, { context: { path } })
  let held = true
  return {
    path,
    [Symbol.dispose]() {
      if (held) closeSync(fd)
      held = false
    }
  }
}
