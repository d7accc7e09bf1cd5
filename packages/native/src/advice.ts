import type { Binder } from './bind.ts'
import { systemError } from './system-error.ts'

/** What the kernel should know about the use of an open file. Offsets and lengths in bytes; length 0: to the end. */
export interface AdviceCalls {
  /** The file will be read from start to end. */
  adviseSequential(fd: number): void
  /** This range is read soon. */
  adviseNeeded(fd: number, offset: number, length: number): void
  /** This range is not needed again: its cached pages may go. Pages not yet on the disk stay. */
  adviseUnneeded(fd: number, offset: number, length: number): void
  /** Reserves space, so that a later write cannot find the disk full (`ENOSPC` now instead). */
  allocate(fd: number, offset: number, length: number): void
}

const SEQUENTIAL = 2
const WILL_NEED = 3
const DO_NOT_NEED = 4

/** Linux only. Advice that the file system does not take is not an error. */
export function bindAdvice(binder: Binder): AdviceCalls {
  const range = ['int', 'int64', 'int64']
  // These two return the error number instead of setting errno.
  const advise = binder.library.func<(fd: number, at: number, size: number, advice: number) => number>(
    'posix_fadvise',
    'int',
    [...range, 'int']
  )
  const allocate = binder.library.func<(fd: number, at: number, size: number) => number>(
    'posix_fallocate',
    'int',
    range
  )
  return {
    adviseSequential: (fd) => void advise(fd, 0, 0, SEQUENTIAL),
    adviseNeeded: (fd, offset, length) => void advise(fd, offset, length, WILL_NEED),
    adviseUnneeded: (fd, offset, length) => void advise(fd, offset, length, DO_NOT_NEED),
    allocate(fd, offset, length) {
      const failure = allocate(fd, offset, length)
      if (failure !== 0) throw systemError(failure, 'posix_fallocate')
    }
  }
}
