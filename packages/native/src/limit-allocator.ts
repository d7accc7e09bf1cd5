import { koffi, openLibrary } from './koffi.ts'

/** Parameters of glibc's `mallopt`. */
const M_TRIM_THRESHOLD = -1
const M_ARENA_MAX = -8

export interface AllocatorLimits {
  /** Pools that threads share, from 1. Each keeps what is freed in it for itself. */
  readonly arenas: number
  /** Free bytes at the end of a pool beyond which they go back to the system. */
  readonly trimBytes: number
}

/**
 * Makes the C library keep less freed memory in reserve. It concerns the whole process from now on, so it is for
 * programs to call, at their start, and not for libraries. False where there is no such allocator: without koffi, and
 * with another C library than glibc.
 */
export function limitAllocator(limits: AllocatorLimits): boolean {
  const { arenas, trimBytes } = limits
  if (!Number.isInteger(arenas) || arenas < 1) throw new RangeError(`arenas: ${arenas}`)
  if (!Number.isInteger(trimBytes) || trimBytes < 0) throw new RangeError(`trimBytes: ${trimBytes}`)
  const ffi = process.env['TERCET_NO_NATIVE'] === '1' || process.platform !== 'linux' ? undefined : koffi()
  const library = ffi && openLibrary(ffi, [null, 'libc.so.6'], 'mallopt')
  if (library === undefined) return false
  const mallopt = library.func<(parameter: number, value: number) => number>('mallopt', 'int', ['int', 'int'])
  return mallopt(M_ARENA_MAX, arenas) === 1 && mallopt(M_TRIM_THRESHOLD, trimBytes) === 1
}
